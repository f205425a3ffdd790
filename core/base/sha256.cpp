#include "core/base/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <vector>

namespace nnrun {
namespace {

void check(int ok) {
  if (ok != 1) throw Error(Code::internal, "libcrypto cannot compute SHA-256");
}
EVP_MD_CTX* md(const std::shared_ptr<void>& context) {
  return static_cast<EVP_MD_CTX*>(context.get());
}

}  // namespace

Sha256::Sha256()
    : context_(EVP_MD_CTX_new(), [](void* p) { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(p)); }) {
  check(context_ != nullptr && EVP_DigestInit_ex(md(context_), EVP_sha256(), nullptr) == 1);
}

void Sha256::update(const void* data, size_t n) { check(EVP_DigestUpdate(md(context_), data, n)); }

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int n = 0;
  check(EVP_DigestFinal_ex(md(context_), digest, &n));
  std::string s;
  for (unsigned int i = 0; i < n; ++i) {
    s += "0123456789abcdef"[digest[i] >> 4];
    s += "0123456789abcdef"[digest[i] & 15];
  }
  return s;
}

std::string sha256(std::string_view bytes) {
  Sha256 h;
  h.update(bytes.data(), bytes.size());
  return h.hex();
}

std::string sha256(const InputFile& file) {
  Sha256 h;
  std::vector<char> buffer(1 << 16);
  for (int64_t at = 0; at < file.size();) {
    const int64_t n = std::min<int64_t>(int64_t(buffer.size()), file.size() - at);
    file.read(at, buffer.data(), n);
    h.update(buffer.data(), size_t(n));
    at += n;
  }
  return h.hex();
}

}  // namespace nnrun
