# One function: built by lambdabuild, deployed as the zip that it makes.
terraform {
  required_providers {
    aws      = { source = "hashicorp/aws", version = ">= 5.0" }
    external = { source = "hashicorp/external", version = ">= 2.3" }
  }
}

variable "name" {
  description = "The function in buildspec.yaml; it is called the same in AWS."
  type        = string
}

variable "architecture" {
  description = "arm64 or x86_64."
  type        = string
}

variable "role" {
  description = "The ARN of its role."
  type        = string
}

variable "file" {
  description = "The path of buildspec.yaml."
  type        = string
}

data "external" "artifact" {
  program = ["lambdabuild", "hook", "terraform"]
  query = {
    function     = var.name
    architecture = var.architecture
    file         = var.file
  }
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  role             = var.role
  filename         = data.external.artifact.result.filename
  source_code_hash = data.external.artifact.result.source_code_hash
  runtime          = data.external.artifact.result.runtime
  handler          = data.external.artifact.result.handler
  architectures    = [data.external.artifact.result.architecture]
}

output "arn" {
  description = "The ARN of the function."
  value       = aws_lambda_function.this.arn
}
