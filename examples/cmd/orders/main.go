// Orders takes an order over HTTP (API Gateway, payload format 2.0) and answers with its price.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"example.com/shop/internal/order"
	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type receipt struct {
	order.Order
	TotalCents int `json:"total_cents"`
}

type problems struct {
	Problems []string `json:"problems"`
}

func main() {
	lambda.Start(handle)
}

func handle(ctx context.Context, request events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	body := []byte(request.Body)
	if request.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(request.Body)
		if err != nil {
			return answer(http.StatusBadRequest, problems{[]string{"the body is not base64"}})
		}
		body = decoded
	}
	var taken order.Order
	if err := json.Unmarshal(body, &taken); err != nil {
		return answer(http.StatusBadRequest, problems{[]string{"the body is not an order"}})
	}
	if err := taken.Validate(); err != nil {
		return answer(http.StatusUnprocessableEntity, problems{strings.Split(err.Error(), "\n")})
	}
	if caller, ok := lambdacontext.FromContext(ctx); ok {
		taken.ID = caller.AwsRequestID // a retry of one request is one order
	}
	return answer(http.StatusCreated, receipt{taken, taken.TotalCents()})
}

func answer(status int, body any) (events.APIGatewayV2HTTPResponse, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	return events.APIGatewayV2HTTPResponse{
		StatusCode: status,
		Headers:    map[string]string{"Content-Type": "application/json"},
		Body:       string(encoded),
	}, nil
}
