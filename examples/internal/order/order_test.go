package order

import "testing"

func TestTotalIsTheSumOfItsLines(t *testing.T) {
	o := Order{Items: []Item{{Quantity: 2, UnitCents: 450}, {Quantity: 1, UnitCents: 1200}}}
	if got := o.TotalCents(); got != 2100 {
		t.Errorf("total is %d cents, want 2100", got)
	}
}

func TestEveryProblemIsNamed(t *testing.T) {
	err := Order{Items: []Item{{SKU: "cup", Quantity: 0, UnitCents: 450}}}.Validate()
	if err == nil || err.Error() != "customer is missing\ncup: quantity is 0" {
		t.Errorf("problems are %q", err)
	}
}
