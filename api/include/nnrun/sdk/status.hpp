// Where C++ meets the C tables: exceptions become status codes here, and nowhere else.
#pragma once

#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "../abi/status.h"

namespace nnrun::sdk {

/// Thrown by plug-in code to answer with a given status; anything else becomes NNR_E_INTERNAL.
struct Failure : std::runtime_error {
  nnr_status status;
  Failure(nnr_status s, const std::string& message) : std::runtime_error(message), status(s) {}
};

inline void write_error(nnr_err* e, nnr_status s, const char* text) noexcept {
  if (e == nullptr) return;
  e->code = s;
  if (e->msg == nullptr || e->msg_cap == 0) return;
  size_t n = std::strlen(text);
  if (n > e->msg_cap - 1) n = e->msg_cap - 1;
  std::memcpy(e->msg, text, n);
  e->msg[n] = '\0';
  e->msg_len = static_cast<uint32_t>(n);
}

/// Runs body and turns what it throws into a status with text; a body that returns an nnr_status
/// gives its own.
template <class F> nnr_status guard(nnr_err* e, F&& body) noexcept {
  try {
    if constexpr (std::is_same_v<decltype(body()), nnr_status>) {
      return body();
    } else {
      body();
      return NNR_OK;
    }
  } catch (const Failure& f) {
    write_error(e, f.status, f.what());
    return f.status;
  } catch (const std::bad_alloc&) {
    write_error(e, NNR_E_NOMEM, "out of memory");
    return NNR_E_NOMEM;
  } catch (const std::exception& x) {
    write_error(e, NNR_E_INTERNAL, x.what());
    return NNR_E_INTERNAL;
  } catch (...) {
    write_error(e, NNR_E_INTERNAL, "unknown exception");
    return NNR_E_INTERNAL;
  }
}

inline nnr_str str(const char* s) { return {s, std::strlen(s)}; }
inline nnr_str str(const std::string& s) { return {s.c_str(), s.size()}; }
inline std::string to_string(nnr_str s) { return {s.ptr, static_cast<size_t>(s.len)}; }

}  // namespace nnrun::sdk
