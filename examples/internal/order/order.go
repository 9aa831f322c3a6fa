// Package order holds what an order is and what it costs.
package order

import (
	"errors"
	"fmt"
)

// Order is a list of items for one customer. Money is in cents.
type Order struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Items    []Item `json:"items"`
}

// Item is one line of an order.
type Item struct {
	SKU       string `json:"sku"`
	Quantity  int    `json:"quantity"`
	UnitCents int    `json:"unit_cents"`
}

// Cents is the price of the line.
func (i Item) Cents() int { return i.Quantity * i.UnitCents }

// TotalCents is the price of the order.
func (o Order) TotalCents() int {
	total := 0
	for _, item := range o.Items {
		total += item.Cents()
	}
	return total
}

// Validate names everything that keeps the order from being taken.
func (o Order) Validate() error {
	var problems []error
	if o.Customer == "" {
		problems = append(problems, errors.New("customer is missing"))
	}
	if len(o.Items) == 0 {
		problems = append(problems, errors.New("there are no items"))
	}
	for _, item := range o.Items {
		if item.Quantity < 1 {
			problems = append(problems, fmt.Errorf("%s: quantity is %d", item.SKU, item.Quantity))
		}
		if item.UnitCents < 0 {
			problems = append(problems, fmt.Errorf("%s: price is negative", item.SKU))
		}
	}
	return errors.Join(problems...)
}
