// Receipts renders an order as an HTML page. The page is embedded in the binary, the shop's name and
// currency are in shop.json beside it, so that they can differ from one deployment to the next.
package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"path/filepath"

	"example.com/shop/internal/order"
	"github.com/aws/aws-lambda-go/lambda"
)

//go:embed templates
var templates embed.FS

type shop struct {
	Name     string `json:"name"`
	Currency string `json:"currency"`
}

type page struct {
	HTML string `json:"html"`
}

func main() {
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, "receipts:", err)
		os.Exit(1)
	}
}

func start() error {
	ours, err := readShop(filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), "shop.json"))
	if err != nil {
		return err
	}
	renderer, err := template.New("receipt.html.tmpl").
		Funcs(template.FuncMap{"money": ours.money}).
		ParseFS(templates, "templates/*.tmpl")
	if err != nil {
		return err
	}
	lambda.Start(func(_ context.Context, sold order.Order) (page, error) {
		if err := sold.Validate(); err != nil {
			return page{}, err
		}
		var html bytes.Buffer
		err := renderer.Execute(&html, struct {
			Shop  shop
			Order order.Order
		}{ours, sold})
		return page{html.String()}, err
	})
	return nil
}

func readShop(path string) (shop, error) {
	var read shop
	content, err := os.ReadFile(path)
	if err != nil {
		return read, err
	}
	if err := json.Unmarshal(content, &read); err != nil {
		return read, fmt.Errorf("%s: %w", path, err)
	}
	return read, nil
}

func (s shop) money(cents int) string {
	return fmt.Sprintf("%d.%02d %s", cents/100, cents%100, s.Currency)
}
