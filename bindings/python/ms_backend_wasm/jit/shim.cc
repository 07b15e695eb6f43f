/* shim.cc - MindSpore's interface for backends, handed on to Python: graphs as MindIR, tensors as mindspore.Tensor.
 *
 * All that is decided is decided in executor.py, which calls the engine; here types are translated. C++ because the
 * framework's interface is. Built by build.py, once for a version of MindSpore and a compiler. */
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "include/custom_backend_api.h"
#include "include/utils/convert_utils_py.h"
#include "include/utils/tensor_py.h"
#include "ir/func_graph.h"

namespace mindspore {
/* A graph as MindIR without the weights. The header that declares it needs one that the package lacks. */
std::string GetBinaryProtoString(const FuncGraphPtr &graph, const bool &incremental);
}  // namespace mindspore

namespace {
using namespace mindspore;
using namespace mindspore::backend;

py::object Executor() { return py::module_::import("ms_backend_wasm.jit.executor"); }

/* What a graph's parameters hold now, in the graph's order; the inputs before them hold nothing. */
py::list Weights(const FuncGraphPtr &graph) {
  py::list weights;
  for (const auto &node : graph->parameters()) {
    auto parameter = node->cast<ParameterPtr>();
    if (parameter->has_default()) weights.append(BaseRefToPyData(parameter->default_param()));
  }
  return weights;
}

/* A tensor, or a tuple of answers, as graphs give them. */
BaseRef Answer(const py::handle &given) {
  if (!py::isinstance<py::tuple>(given)) return BaseRef(tensor::ConvertToTensor(given));
  VectorRef parts;
  for (const auto &part : py::cast<py::tuple>(given)) parts.emplace_back(Answer(part));
  return BaseRef(parts);
}

class WasmBackend : public BackendBase {
 public:
  BackendGraphId Build(const FuncGraphPtr &graph, const BackendJitConfig &config) override {
    py::gil_scoped_acquire locked;
    const BackendGraphId id = next_++;
    graphs_[id] = {graph, config, std::nullopt};
    if (!Build(id, graph)) Native(&graphs_[id]);
    return id;
  }

  /* Python answers None to what it cannot run after all, once shapes are known. */
  RunningStatus Run(BackendGraphId id, const VectorRef &inputs, VectorRef *outputs) override {
    py::gil_scoped_acquire locked;
    Graph *graph = &graphs_.at(id);
    if (!graph->native) {
      py::list given;
      for (const auto &input : inputs) given.append(BaseRefToPyData(input));
      const py::object answer = Executor().attr("run")(id, given);
      if (!answer.is_none()) {
        outputs->emplace_back(Answer(answer));
        return kRunningSuccess;
      }
      Native(graph);
    }
    const auto [type, native_id] = *graph->native;
    py::gil_scoped_release free;
    return BackendManager::GetInstance().Run(type, native_id, inputs, outputs);
  }

  void ClearGraph(BackendGraphId id) override {
    if (!Py_IsInitialized()) return;
    py::gil_scoped_acquire locked;
    Executor().attr("forget")(id);
    graphs_.erase(id);
  }

 private:
  struct Graph {
    FuncGraphPtr graph;
    BackendJitConfig config;
    std::optional<std::pair<BackendType, BackendGraphId>> native;
  };

  /* Some graphs cannot be written as MindIR: those that call Python, for one. */
  static bool Build(BackendGraphId id, const FuncGraphPtr &graph) {
    std::string file;
    try {
      file = GetBinaryProtoString(graph, false);
    } catch (const std::exception &error) {
      Executor().attr("no_file")(graph->ToString(), error.what());
      return false;
    }
    return Executor().attr("build")(id, py::bytes(file), Weights(graph)).cast<bool>();
  }

  static void Native(Graph *graph) {
    graph->native = BackendManager::GetInstance().Build(graph->graph, graph->config, kMSBackendName);
  }

  std::map<BackendGraphId, Graph> graphs_;
  BackendGraphId next_ = 0;
};

constexpr auto kWasm = "wasm";
MS_REGISTER_BACKEND(kWasm, WasmBackend);
}  // namespace
