// libcudnn.so.9 for tests: the graph API as far as convolutions go, and strict where the real one
// may be lenient. A descriptor takes the attributes that dnn_check.cpp has, in their types and
// numbers, is checked when it is finalized, and needs what it is made of until a plan is.
#include <algorithm>

#include "tests/cuda/emulated/dnn.h"
#include "tests/cuda/emulated/settings.h"

using namespace nnrun::emulated;

struct cudnnContext {
  bool has_stream = false;
};

namespace {

thread_local std::string last_error;

cudnnStatus_t fail(cudnnStatus_t s, const std::string& why) {
  last_error = why;
  return s;
}

Node& node(cudnnBackendDescriptor_t d) { return **static_cast<Shared*>(d); }

size_t size_of(cudnnBackendAttributeType_t t) {
  switch (t) {
    case CUDNN_TYPE_BOOLEAN: return sizeof(bool);
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_DOUBLE:
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR: return 8;
    default: return 4;
  }
}

/// Whether anything that it is made of was destroyed.
bool has_lost(const Node& d) {
  const auto lost = [](const Shared& part) { return part->destroyed || has_lost(*part); };
  for (const auto& [name, value] : d.values) {
    if (std::any_of(value.nodes.begin(), value.nodes.end(), lost)) return true;
  }
  return d.graph != nullptr && lost(d.graph);
}

}  // namespace

extern "C" {

size_t cudnnGetVersion() { return size_t(setting("dnn_version", CUDNN_VERSION)); }
const char* cudnnGetErrorString(cudnnStatus_t) { return "CUDNN_STATUS (emulated)"; }
void cudnnGetLastErrorString(char* out, size_t n) {
  std::strncpy(out, last_error.c_str(), n);
  if (n > 0) out[n - 1] = '\0';
  last_error.clear();
}
cudnnStatus_t cudnnCreate(cudnnHandle_t* h) {
  if (setting("dnn_starts", 1) == 0) return fail(CUDNN_STATUS_NOT_INITIALIZED, "it does not start");
  *h = new cudnnContext;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t h, cudaStream_t) {
  h->has_stream = true;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t kind,
                                           cudnnBackendDescriptor_t* d) {
  *d = new Shared(new Node{kind});
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t d) {
  node(d).destroyed = true;
  delete static_cast<Shared*>(d);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t d, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t n,
                                       const void* from) {
  Node& to = node(d);
  if (to.finalized) return fail(CUDNN_STATUS_BAD_PARAM, "it is finalized");
  if (from == nullptr) return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no values");
  const std::vector<Rule> rules = rules_of(to.kind);
  const auto rule =
      std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.name == name; });
  if (rule == rules.end()) return fail(CUDNN_STATUS_NOT_SUPPORTED, "not an attribute of it");
  const bool scale = rule->type == CUDNN_TYPE_FLOAT;
  if (type != rule->type && !(scale && type == CUDNN_TYPE_DOUBLE)) {
    return fail(CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE, "a value of another type");
  }
  if (n < rule->least || n > rule->most) return fail(CUDNN_STATUS_BAD_PARAM, "so many values");
  Value v = {type, {}, {}};
  v.bytes.assign(static_cast<const char*>(from),
                 static_cast<const char*>(from) + n * int64_t(size_of(type)));
  if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR) {
    for (int64_t i = 0; i < n; ++i) {
      void* part = static_cast<void* const*>(from)[i];
      if (part == nullptr) return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no descriptor");
      if (!node(part).finalized) {
        return fail(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "its part is not finalized");
      }
      v.nodes.push_back(*static_cast<Shared*>(part));
    }
  }
  to.values[name] = std::move(v);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t d) {
  Node& n = node(d);
  if (n.finalized) return fail(CUDNN_STATUS_BAD_PARAM, "finalized twice");
  for (const Rule& r : rules_of(n.kind)) {
    if (r.required && n.values.count(r.name) == 0) {
      return fail(CUDNN_STATUS_BAD_PARAM, "without attribute " + std::to_string(int(r.name)));
    }
  }
  if (has_lost(n)) return fail(CUDNN_STATUS_BAD_PARAM, "a part of it was destroyed");
  if (const std::string why = wrong(n); !why.empty()) return fail(CUDNN_STATUS_BAD_PARAM, why);
  if (n.kind == CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR) {
    n.graph = n.values.at(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH).nodes.at(0);
    if (engines(*n.graph, n.one<cudnnBackendHeurMode_t>(CUDNN_ATTR_ENGINEHEUR_MODE)).empty()) {
      return fail(CUDNN_STATUS_NOT_SUPPORTED, "no engine");
    }
  }
  if (n.kind == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) {
    const Node& configuration = n.part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
    n.graph = configuration.graph;
    n.engine = configuration.engine;
    for (const Tensor& t : tensors(*n.graph)) {
      if (t.alignment < n.engine.alignment) {
        return fail(CUDNN_STATUS_NOT_SUPPORTED, "addresses at multiples of 16 alone");
      }
    }
  }
  n.finalized = true;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t d, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t room, int64_t* n,
                                       void* out) {
  const Node& from = node(d);
  if (!from.finalized) return fail(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "it is not finalized");
  const auto is = [&](cudnnBackendDescriptorType_t k, cudnnBackendAttributeName_t a,
                      cudnnBackendAttributeType_t t) {
    return from.kind == k && name == a && type == t;
  };
  const auto give = [&](auto value) {
    *n = 1;
    if (room > 0) std::memcpy(out, &value, sizeof value);
    return CUDNN_STATUS_SUCCESS;
  };
  /// Descriptors that the caller made become engines or configurations.
  const auto give_engines = [&](const std::vector<Engine>& all, const Shared& graph,
                                cudnnBackendDescriptorType_t kind) {
    *n = int64_t(all.size());
    if (room == 0) return CUDNN_STATUS_SUCCESS;
    *n = std::min(*n, room);
    for (int64_t i = 0; i < *n; ++i) {
      Node& to = node(static_cast<void**>(out)[i]);
      if (to.kind != kind) {
        return fail(CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE, "a descriptor of another kind");
      }
      to.graph = graph;
      to.engine = all[size_t(i)];
      to.finalized = true;
    }
    return CUDNN_STATUS_SUCCESS;
  };
  if (is(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_RESULTS,
         CUDNN_TYPE_BACKEND_DESCRIPTOR)) {
    return give_engines(
        engines(*from.graph, from.one<cudnnBackendHeurMode_t>(CUDNN_ATTR_ENGINEHEUR_MODE)),
        from.graph, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  }
  if (is(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, CUDNN_ATTR_ENGINECFG_ENGINE,
         CUDNN_TYPE_BACKEND_DESCRIPTOR)) {
    return give_engines({from.engine}, from.graph, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  }
  if (is(CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64)) {
    return give(from.engine.index);
  }
  if (is(CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
         CUDNN_TYPE_NUMERICAL_NOTE)) {
    *n = int64_t(from.engine.notes.size());
    if (room < *n) return fail(CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT, "no room for the notes");
    std::copy(from.engine.notes.begin(), from.engine.notes.end(),
              static_cast<cudnnBackendNumericalNote_t*>(out));
    return CUDNN_STATUS_SUCCESS;
  }
  if (is(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
         CUDNN_TYPE_INT64)) {
    return give(from.engine.workspace);
  }
  return fail(CUDNN_STATUS_NOT_SUPPORTED, "not to be read");
}

cudnnStatus_t cudnnBackendExecute(cudnnHandle_t h, cudnnBackendDescriptor_t plan,
                                  cudnnBackendDescriptor_t addresses) {
  const Node &p = node(plan), &pack = node(addresses);
  if (!p.finalized || !pack.finalized) {
    return fail(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "plan or addresses are not finalized");
  }
  if (h != p.one<cudnnHandle_t>(CUDNN_ATTR_EXECUTION_PLAN_HANDLE) || !h->has_stream) {
    return fail(CUDNN_STATUS_BAD_PARAM, "another handle, or one without a stream");
  }
  const std::vector<int64_t> ids = pack.list<int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  const std::vector<void*> pointers = pack.list<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  std::map<int64_t, void*> address;
  for (size_t i = 0; i < ids.size(); ++i) address[ids[i]] = pointers[i];
  const std::vector<Tensor> all = tensors(*p.graph);
  if (address.size() != all.size()) return fail(CUDNN_STATUS_BAD_PARAM, "an address for each id");
  for (const Tensor& t : all) {
    if (address.count(t.id) == 0 || address[t.id] == nullptr) {
      return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "a tensor without an address");
    }
    if (reinterpret_cast<uintptr_t>(address[t.id]) % uintptr_t(t.alignment) != 0) {
      return fail(CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER, "an address that is not aligned");
    }
  }
  void* workspace = pack.one<void*>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE);
  if (p.engine.workspace > 0) {
    if (workspace == nullptr) return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no workspace");
    std::memset(workspace, 0x3c, size_t(p.engine.workspace));
  }
  nnrun::emulated::run(*p.graph, p.engine, address);
  return CUDNN_STATUS_SUCCESS;
}
}
