// An op whose C functions throw: they were forced into a type that promises not to.
#include <nnrun/plugin.h>
#include <cstring>
#include <stdexcept>

namespace {

nnr_status infer_throws(const nnr_op_desc*, nnr_tdesc* const*, nnr_err*) {
  throw std::runtime_error("no one caught this");
}
nnr_status compose_nothing(const nnr_op_desc*, const nnr_builder*, const uint32_t*, uint32_t*,
                           nnr_err*) noexcept {
  return NNR_OK;
}

nnr_op op = [] {
  nnr_op o = {};
  o.struct_size = sizeof o;
  o.op_rev = 1;
  o.name = {"bad.throws", 10};
  o.doc = {"", 0};
  o.min_in = o.max_in = o.n_out = 1;
  o.infer = reinterpret_cast<decltype(o.infer)>(&infer_throws);
  o.compose = compose_nothing;
  return o;
}();
const nnr_op* const list[] = {&op};
const nnr_ops api = {sizeof api, 1, list};

}  // namespace

const nnr_plugin* nnr_plugin_entry_v0(void) noexcept {
  static const nnr_plugin p = {
      sizeof p,
      NNR_ABI_MAJOR,
      NNR_ABI_MINOR,
      NNR_ABI_MINOR,
      "throws",
      "1.0.0",
      "MIT",
      "",
      [](const nnr_host*, nnr_err*) noexcept -> nnr_status { return NNR_OK; },
      [](const char* id) noexcept -> const void* {
        return std::strcmp(id, NNR_OPS_ID) ? nullptr : &api;
      },
      []() noexcept {}};
  return &p;
}
