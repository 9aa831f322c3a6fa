# `lambdabuild` is run by the module while Terraform plans; nothing has to be built before.
terraform {
  required_version = ">= 1.5"
}

resource "aws_iam_role" "orders" {
  name = "orders"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

module "orders" {
  source       = "./function"
  name         = "orders"
  architecture = "arm64"
  role         = aws_iam_role.orders.arn
  file         = "${path.root}/../buildspec.yaml"
}
