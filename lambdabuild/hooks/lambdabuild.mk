# Rules for the zips of lambdabuild, for GNU Make 3.81 and later. In a Makefile:
#
#     include $(shell lambdabuild hook make)
#     $(if $(LAMBDABUILD_DIST),,$(error lambdabuild did not answer))
#
#     deploy: dist/orders-arm64.zip
#
# Without the second line, make would go on where there is no lambdabuild, with the zips of another day.
#
# Targets
#   dist/NAME.zip          a zip that the spec makes, and this run. However many are asked for, lambdabuild runs once,
#                          also under `make -j`; a zip that stays the same keeps its time, and what depends on it is
#                          left alone.
#   lambdabuild            every zip
#   lambdabuild-check      judge the zips that are there
#   lambdabuild-locked     say whether images.lock covers the spec: offline, for CI
#
# Variables, to be set before the include
#   LAMBDABUILD            the command                   [lambdabuild]
#   LAMBDABUILD_FILE       the spec; without spaces      [buildspec.yaml here, or in the nearest folder above]
#   LAMBDABUILD_ARGS       more for `lambdabuild build`  []: --function orders --arch arm64 --set version=1.2.3
#
# It sets LAMBDABUILD_DIST to the folder of the zips, as targets name it.

LAMBDABUILD ?= lambdabuild
LAMBDABUILD_FILE ?= $(or $(firstword $(wildcard $(foreach up,. .. ../.. ../../.. ../../../.. ../../../../..,$(up)/buildspec.yaml))),buildspec.yaml)
LAMBDABUILD_ARGS ?=
LAMBDABUILD_DIST := $(patsubst ./%,%,$(dir $(LAMBDABUILD_FILE)))dist

# The first target of the Makefile stays its default.
lambdabuild_goal := $(.DEFAULT_GOAL)

.PHONY: lambdabuild lambdabuild-check lambdabuild-locked

# What this run made is written down, so that a zip of an earlier one is never taken for it.
lambdabuild_made := $(LAMBDABUILD_DIST)/.made

lambdabuild:
	@mkdir -p '$(LAMBDABUILD_DIST)' && : > '$(lambdabuild_made)'
	$(LAMBDABUILD) build --file '$(LAMBDABUILD_FILE)' $(LAMBDABUILD_ARGS) > '$(lambdabuild_made)'
	@cat '$(lambdabuild_made)'

lambdabuild-check:
	$(LAMBDABUILD) check --file '$(LAMBDABUILD_FILE)'

lambdabuild-locked:
	$(LAMBDABUILD) lock --check --file '$(LAMBDABUILD_FILE)'

# It has a recipe, so that make looks at the file's time again; without one it would take every zip for changed.
$(LAMBDABUILD_DIST)/%.zip: lambdabuild
	@grep -q '/$*[.]zip$$' '$(lambdabuild_made)' || { echo 'lambdabuild makes no $@: look at $(LAMBDABUILD_FILE) and LAMBDABUILD_ARGS' >&2; exit 2; }

# A zip that only a pattern rule of the Makefile asks for is not removed afterwards.
.PRECIOUS: $(LAMBDABUILD_DIST)/%.zip

.DEFAULT_GOAL := $(lambdabuild_goal)
