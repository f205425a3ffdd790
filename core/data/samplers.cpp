#include <algorithm>
#include <numeric>

#include <nnrun/data.h>

namespace nnrun::data::samplers {
namespace {

size_t read_count(serialize::InputArchive& archive, const char* key) {
  Tensor t;
  archive.read(key, t);
  return size_t(t.item<int64_t>());
}

}  // namespace

RandomSampler::RandomSampler(int64_t size, Dtype index_dtype)
    : indices_(randperm(size, index_dtype)) {}
void RandomSampler::reset(optional<size_t> new_size) {
  const int64_t size = new_size ? int64_t(*new_size) : indices_.numel();
  indices_ = randperm(size, indices_.scalar_type());
  index_ = 0;
}
optional<std::vector<size_t>> RandomSampler::next(size_t batch_size) {
  const size_t left = size_t(indices_.numel()) - index_;
  if (left == 0) return nullopt;
  const Tensor part =
      indices_.narrow(0, int64_t(index_), int64_t(std::min(left, batch_size))).to(kLong);
  const int64_t* first = part.data_ptr<int64_t>();
  index_ += size_t(part.numel());
  return std::vector<size_t>(first, first + part.numel());
}
void RandomSampler::save(serialize::OutputArchive& archive) const {
  archive.write("index", tensor(int64_t(index_)));
  archive.write("indices", indices_);
}
void RandomSampler::load(serialize::InputArchive& archive) {
  Tensor indices;
  archive.read("indices", indices);
  index_ = std::min(read_count(archive, "index"), size_t(indices.numel()));
  indices_ = indices;
}

void SequentialSampler::reset(optional<size_t> new_size) {
  size_ = new_size.value_or(size_);
  index_ = 0;
}
optional<std::vector<size_t>> SequentialSampler::next(size_t batch_size) {
  if (index_ == size_) return nullopt;
  std::vector<size_t> r(std::min(batch_size, size_ - index_));
  std::iota(r.begin(), r.end(), index_);
  index_ += r.size();
  return r;
}
void SequentialSampler::save(serialize::OutputArchive& archive) const {
  archive.write("index", tensor(int64_t(index_)));
}
void SequentialSampler::load(serialize::InputArchive& archive) {
  index_ = std::min(read_count(archive, "index"), size_);
}

}  // namespace nnrun::data::samplers
