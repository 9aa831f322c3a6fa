// Hello greets whom it is told to.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type guest struct {
	Name string `json:"name"`
}

func greet(_ context.Context, guest guest) (string, error) {
	return "Hello, " + guest.Name + "!", nil
}

func main() {
	lambda.Start(greet)
}
