// Writing kernels in C++: a class per op and implementation, turned into the C table.
//
//   class Relu {
//    public:
//     static Offer offer(const Desc& d);        // the way, or no(...) with the reason
//     explicit Relu(const Desc& d);             // prepare: everything that can be decided is
//     void run(void* const* buffer, void* workspace) const;   // inputs first, then outputs
//   };
//   KernelDef kernel_relu() { return kernel<Relu>("relu", "loop"); }
//
// A class that keeps things per launch (library handles bound to addresses) declares
//     struct State { ... };
//     State bind(void* const* buffer, void* workspace) const;
//     void rebind(State&, void* const* buffer, void* workspace) const;
//     void run(State&) const;
// On a device with streams, bind, rebind and a stateless run may take one more argument, the stream
// (void*) on which they enqueue. run() reports trouble by throwing Failure (an index out of range),
// which costs nothing while there is none; it may return an nnr_status instead of void. Inside
// parallel_for nothing may be thrown.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../abi/host.h"
#include "../abi/kernel.h"
#include "desc.hpp"

namespace nnrun::sdk {

/// An answer to "can you do this?".
struct Offer {
  std::string why_not;  // not empty: no
  uint32_t flags = NNR_K_DETERMINISTIC;
  double est_ns = 0;
  uint64_t workspace_bytes = 0;
  std::vector<nnr_alias> inplace = {};  // pairs that may share a buffer
  std::string detail = {};              // shown after the implementation's name: "impl:detail"
  /// The layout and the bytes of each operand, inputs first, for a kernel that wants or makes
  /// others than it was asked for. The planner may then prepare it with a desc that has them.
  std::vector<std::string> layouts = {};
  std::vector<uint64_t> bytes = {};
};
inline Offer no(std::string why) { return Offer{std::move(why)}; }
inline Offer yes(double est_ns = 0) { return Offer{{}, NNR_K_DETERMINISTIC, est_ns}; }

namespace detail {

struct Prepared {
  virtual ~Prepared() = default;
  virtual void bind(void* const* buffer, void* workspace, void* stream, nnr_launch* out) const = 0;
  virtual void rebind(nnr_launch* l, void* const* buffer, void* workspace, void* stream) const = 0;
};

template <class K, class = void> struct has_state : std::false_type {};
template <class K> struct has_state<K, std::void_t<typename K::State>> : std::true_type {};

/// body() n times, as long as all is well.
template <class F> nnr_status run_times(uint64_t n, nnr_err* e, F&& body) noexcept {
  return guard(e, [&]() -> nnr_status {
    for (uint64_t i = 0; i < n; ++i) {
      if constexpr (std::is_same_v<decltype(body()), nnr_status>) {
        if (const nnr_status s = body()) return s;
      } else {
        body();
      }
    }
    return NNR_OK;
  });
}

/// f(buffer, workspace, stream), without the stream where f takes none.
template <class F>
decltype(auto) with_stream(F&& f, void* const* buffer, void* workspace, void* stream) {
  if constexpr (std::is_invocable_v<F, void* const*, void*, void*>) {
    return f(buffer, workspace, stream);
  } else {
    return f(buffer, workspace);
  }
}

template <class K, bool kState> struct Bound;
template <class K> struct Bound<K, false> {
  const Prepared* prepared;  // first in both: rebind finds the kernel through the launch
  const K* k;
  void *workspace, *stream;
  std::vector<void*> buffer;
  nnr_status run(uint64_t n, nnr_err* e) noexcept {
    const auto call = [this](auto... x) -> decltype(k->run(x...)) { return k->run(x...); };
    return run_times(n, e, [&] { return with_stream(call, buffer.data(), workspace, stream); });
  }
};
template <class K> struct Bound<K, true> {
  const Prepared* prepared;
  const K* k;
  typename K::State state;
  nnr_status run(uint64_t n, nnr_err* e) noexcept {
    return run_times(n, e, [&] { return k->run(state); });
  }
};

template <class K> struct PreparedOf final : Prepared {
  using B = Bound<K, has_state<K>::value>;
  K k;
  size_t n;
  explicit PreparedOf(const Desc& d) : k(d), n(size_t(d.inputs() + d.outputs())) {}

  void bind(void* const* buffer, void* workspace, void* stream, nnr_launch* out) const override {
    std::unique_ptr<B> b;
    if constexpr (has_state<K>::value) {
      const auto call = [this](auto... x) -> decltype(k.bind(x...)) { return k.bind(x...); };
      b.reset(new B{this, &k, with_stream(call, buffer, workspace, stream)});
    } else {
      b.reset(new B{this, &k, workspace, stream, std::vector<void*>(buffer, buffer + n)});
    }
    out->run = [](void* ctx, nnr_err* e) noexcept -> nnr_status {
      return static_cast<B*>(ctx)->run(1, e);
    };
    out->run_n = [](void* ctx, uint64_t n, nnr_err* e) noexcept -> nnr_status {
      return static_cast<B*>(ctx)->run(n, e);
    };
    out->unbind = [](void* ctx) noexcept { delete static_cast<B*>(ctx); };
    out->ctx = b.release();
  }
  void rebind(nnr_launch* l, void* const* buffer, void* workspace, void* stream) const override {
    B* b = static_cast<B*>(l->ctx);
    if constexpr (has_state<K>::value) {
      const auto call = [&](auto... x) -> decltype(k.rebind(b->state, x...)) {
        return k.rebind(b->state, x...);
      };
      with_stream(call, buffer, workspace, stream);
    } else {
      b->workspace = workspace;
      b->stream = stream;
      for (size_t i = 0; i < n; ++i) b->buffer[i] = buffer[i];
    }
  }
};

}  // namespace detail

/// One implementation of one op; impl is unique among those of the op.
struct KernelDef {
  const char* op;
  const char* impl;
  Offer (*offer)(const Desc&);
  detail::Prepared* (*prepare)(const Desc&);
};

template <class K> KernelDef kernel(const char* op, const char* impl) {
  return {op, impl, &K::offer,
          [](const Desc& d) -> detail::Prepared* { return new detail::PreparedOf<K>(d); }};
}

/// The kernels of one library, and the C table over them. `self` of the table's functions is the
/// KernelTable. Offers of one op are given in the order the kernels were added; prepare refuses
/// what offer refuses.
class KernelTable {
 public:
  explicit KernelTable(std::vector<KernelDef> kernels) : kernels_(std::move(kernels)) {}

  static const nnr_kernels* abi() {
    static const nnr_kernels t = {
        sizeof(nnr_kernels), 0, c_offer, c_prepare, c_bind, c_rebind, c_release};
    return &t;
  }

 private:
  static nnr_status c_offer(void* self, const nnr_op_desc* d, nnr_offer* const* out, uint32_t cap,
                            uint32_t* n, nnr_err* why) noexcept {
    return guard(why, [&] {
      auto& t = *static_cast<KernelTable*>(self);
      const Desc desc(d);
      t.last_.clear();
      t.last_.reserve(t.kernels_.size());
      t.layouts_.clear();
      std::string reason;
      *n = 0;
      for (const KernelDef& k : t.kernels_) {
        if (desc.op() != k.op) continue;
        Offer o = k.offer(desc);
        if (!o.why_not.empty()) {
          reason += (reason.empty() ? "" : "; ") + std::string(k.impl) + ": " + o.why_not;
          continue;
        }
        o.detail = o.detail.empty() ? k.impl : k.impl + (":" + o.detail);
        t.last_.push_back(std::move(o));
        const Offer& kept = t.last_.back();
        std::vector<nnr_str>& layouts = t.layouts_.emplace_back();
        for (const std::string& l : kept.layouts) layouts.push_back(str(l));
        if (*n < cap) {
          *out[*n] = nnr_offer{sizeof(nnr_offer),
                               kept.flags,
                               str(kept.detail),
                               kept.est_ns,
                               layouts.empty() ? nullptr : layouts.data(),
                               layouts.empty() ? nullptr : kept.bytes.data(),
                               kept.workspace_bytes,
                               64,
                               kept.inplace.data(),
                               uint32_t(kept.inplace.size()),
                               0};
        }
        ++*n;
      }
      if (*n == 0) {
        write_error(why, NNR_E_UNSUPPORTED, reason.empty() ? "no kernel" : reason.c_str());
      } else if (!reason.empty()) {
        write_error(why, NNR_OK, reason.c_str());
      }
    });
  }
  static nnr_status c_prepare(void* self, const nnr_op_desc* d, nnr_str impl, void** out,
                              nnr_err* e) noexcept {
    return guard(e, [&] {
      const Desc desc(d);
      for (const KernelDef& k : static_cast<KernelTable*>(self)->kernels_) {
        const std::string name = to_string(impl);
        if (desc.op() != k.op || name.substr(0, name.find(':')) != k.impl) continue;
        const Offer o = k.offer(desc);
        if (!o.why_not.empty()) throw Failure(NNR_E_UNSUPPORTED, o.why_not);
        *out = k.prepare(desc);
        return;
      }
      throw Failure(NNR_E_UNSUPPORTED,
                    "no implementation '" + to_string(impl) + "' of " + std::string(desc.op()));
    });
  }
  static nnr_status c_bind(void* kernel, void* const* buffer, void* workspace, void* stream,
                           nnr_launch* out, nnr_err* e) noexcept {
    return guard(e, [&] {
      static_cast<const detail::Prepared*>(kernel)->bind(buffer, workspace, stream, out);
    });
  }
  static nnr_status c_rebind(nnr_launch* l, void* const* buffer, void* workspace, void* stream,
                             nnr_err* e) noexcept {
    return guard(e, [&] {
      const auto* p = *static_cast<const detail::Prepared* const*>(l->ctx);
      p->rebind(l, buffer, workspace, stream);
    });
  }
  static void c_release(void* kernel) noexcept { delete static_cast<detail::Prepared*>(kernel); }

  std::vector<KernelDef> kernels_;
  // What the pointers of the latest offers point into.
  std::vector<Offer> last_;
  std::vector<std::vector<nnr_str>> layouts_;
};

}  // namespace nnrun::sdk
