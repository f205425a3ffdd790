#include "backends/onednn/epilogue.h"

namespace nnrun::onednn {

Epilogue::Epilogue(const Fused& f) : sum_(f) {
  if (f.epilogue().empty()) return;
  const Operand y = f.anchor().out(0);
  const auto refuse = [](const std::string& text) { throw Failure(NNR_E_UNSUPPORTED, text); };
  if (!y.layout().empty() || !y.contiguous() || y.rank() == 0) refuse("a result with gaps");
  cols_ = y.size(y.rank() - 1);
  rows_ = cols_ == 0 ? 0 : y.numel() / cols_;
  const From result = {f.buffer(f.anchor().inputs()), cols_, 1, size_of(y.dtype())};
  for (const EpilogueOp& e : f.epilogue()) {
    const NodeDesc node(*f.whole().body(), *e.node);
    bool keeps_zero = false;
    Step s = {tile_kernel(node.desc(), &keeps_zero), {}};
    if (s.kernel == nullptr) refuse("no loop: " + std::string(e.op));
    for (int k : e.operands) {
      if (k == EpilogueOp::kResult) {
        s.operands.push_back(result);
        continue;
      }
      if (k == EpilogueOp::kAbsent) refuse("an absent operand");
      const Operand o = f.whole().in(k);
      if (!o.layout().empty() || !o.contiguous()) refuse("an operand with gaps");
      From from = {k, 0, 0, size_of(o.dtype())};
      if (o.shape() == y.shape()) {
        from.row = cols_;
        from.col = 1;
      } else if (o.numel() == cols_ && o.rank() > 0 && o.size(o.rank() - 1) == cols_) {
        from.col = 1;
        in_one_ = false;
      } else if (o.numel() != 1) {
        refuse("an operand of another shape");
      }
      s.operands.push_back(from);
    }
    s.operands.push_back(result);
    if (s.operands.size() > kOperands) refuse("too many operands");
    steps_.push_back(std::move(s));
  }
}

std::optional<SumAndRelu> SumAndRelu::read(const Fused& f) {
  SumAndRelu e;
  if (f.sum() >= 0) return std::nullopt;
  for (const EpilogueOp& o : f.epilogue()) {
    if (e.relu) return std::nullopt;
    if (o.op == "relu") {
      e.relu = true;
    } else if (o.op == "add" && e.add < 0) {
      e.add = std::max(o.operands[0], o.operands[1]);
      if (e.add < 0) return std::nullopt;  // twice the result
      const Operand other = f.whole().in(e.add);
      if (other.shape() != f.anchor().out(0).shape() || !other.contiguous()) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return e;
}

Offer Epilogue::offer(Offer o, const Fused& f) {
  if (refused(o)) return o;
  try {
    const Epilogue e(f);
    o.est_ns += (15 + 0.05 * double(e.rows_ * e.cols_)) * double(e.steps_.size());
    o.workspace_bytes += e.sum_.workspace_bytes(1);
  } catch (const Failure& e) {
    return no(e.what());
  }
  return o;
}

void Epilogue::run(void* const* buffer, int64_t i, int64_t j, int64_t m, int64_t n) const {
  if (steps_.empty()) return;
  if (in_one_ && n == cols_) n *= m, m = 1;
  for (int64_t r = i; r < i + m; ++r) line(buffer, r, j, n);
}

void Epilogue::line(void* const* buffer, int64_t i, int64_t j, int64_t n) const {
  constexpr int64_t kTile = 1024;
  for (int64_t end = j + n; j < end; j += kTile) {
    Tile t;
    t.cols = std::min(kTile, end - j);
    for (const Step& s : steps_) {
      void* p[kOperands];
      for (size_t k = 0; k < s.operands.size(); ++k) {
        const From& o = s.operands[k];
        p[k] = at(buffer[o.buffer], (i * o.row + j * o.col) * o.bytes);
        t.col_step[k] = o.col;
      }
      s.kernel->run(p, t);
    }
  }
}

RowSum::RowSum(const Fused& f) : result_(f.buffer(f.anchor().inputs())), sum_(f.sum()) {
  if (sum_ < 0) return;
  const Operand y = f.anchor().out(0), sum = f.whole().operand(sum_);
  loops_ = loops().reduce(ReduceOp::sum, DType::float32);
  rows_ = y.size(0);
  cols_ = y.size(1);
  if (y.dtype() != DType::float32 || !y.layout().empty() || !y.contiguous() || !sum.contiguous())
    throw Failure(NNR_E_UNSUPPORTED, "a sum of another kind");
}

uint64_t RowSum::workspace_bytes(int64_t parts) const {
  constexpr uint64_t kLine = 64;  // what lies behind begins with one
  return sum_ < 0 ? 0 : (uint64_t(parts * cols_) * sizeof(Accumulator) + kLine - 1) / kLine * kLine;
}

void RowSum::take(void* const* buffer, void* workspace, int64_t part, int64_t i, int64_t j,
                  int64_t m, int64_t n) const {
  Accumulator* acc = static_cast<Accumulator*>(workspace) + part * cols_ + j;
  std::fill_n(acc, n, loops_->start);
  const float* y = static_cast<const float*>(buffer[result_]) + i * cols_ + j;
  loops_->columns(y, m, cols_, n, acc);
}

void RowSum::finish(void* const* buffer, void* workspace, int64_t parts) const {
  Accumulator* acc = static_cast<Accumulator*>(workspace);
  for (int64_t p = 1; p < parts; ++p) {
    for (int64_t j = 0; j < cols_; ++j) acc[j].f += acc[p * cols_ + j].f;
  }
  loops_->store(acc, cols_, 1, buffer[sum_], 1);
}

void RowSum::run(void* const* buffer, void* workspace) const {
  if (sum_ < 0) return;
  take(buffer, workspace, 0, 0, 0, rows_, cols_);
  finish(buffer, workspace, 1);
}

}  // namespace nnrun::onednn
