#include "backends/cuda/reduce.h"

#include <algorithm>

#include "backends/cuda/texts.h"

namespace nnrun::cuda {
namespace {

Parted parted(const Desc& d) {
  return Parted::of(d.in(0), d.out(0), dim_flags(d.attrs().integers("dims"), d.in(0).rank()));
}

}  // namespace

std::vector<bool> dim_flags(const std::vector<int64_t>& dims, int rank) {
  std::vector<bool> chosen(size_t(rank), dims.empty());
  for (int64_t dim : dims) {
    if (rank > 0) chosen[size_t(dim < 0 ? dim + rank : dim)] = true;
  }
  return chosen;
}

Parted Parted::of(const Operand& x, const Operand& y, const std::vector<bool>& chosen) {
  std::vector<int64_t> kept, kept_x, kept_y, in, in_x;
  int j = 0;
  for (int i = 0; i < x.rank(); ++i) {
    if (chosen[size_t(i)]) {
      in.push_back(x.size(i));
      in_x.push_back(x.stride(i));
      if (y.rank() == x.rank()) ++j;
    } else {
      kept.push_back(x.size(i));
      kept_x.push_back(x.stride(i));
      kept_y.push_back(y.stride(j++));
    }
  }
  return {walk_of(kept, {kept_x, kept_y}), walk_of(in, {in_x})};
}

Spread Spread::of(const Parted& p, int processors) {
  constexpr int64_t kShortest = 1024;  // elements that are worth a part
  const int64_t results = std::max<int64_t>(p.outer.numel, 1), length = p.inner.numel;
  const auto step = [](const Walk& w) { return std::abs(w.stride[w.rank - 1][0]); };
  Spread s;
  s.columns = length <= 32 || (step(p.inner) != 1 && step(p.outer) == 1);
  const int64_t wanted = int64_t(processors) * (s.columns ? 512 : 4);  // threads, or blocks
  s.parts = std::clamp<int64_t>(std::min(wanted / results, length / (s.columns ? 64 : kShortest)),
                                1, 256);
  s.chunk = (length + s.parts - 1) / s.parts;
  return s;
}

Offer reduce_offer(const Desc& d, uint64_t dtypes) {
  Offer o = accept(d, {dtypes, same_as(0)});
  if (!o.why_not.empty()) return o;
  const Spread s = Spread::of(parted(d), device_of(d.in(0).desc().t.device).processors());
  if (s.parts > 1) o.workspace_bytes = uint64_t(d.out(0).numel() * s.parts) * sizeof(double);
  return o;
}

void ReduceKernel::reduce(const Desc& d, const std::string& reduction, const std::string& finish,
                          double count) {
  const Parted p = parted(d);
  if (p.outer.numel == 0) return;
  const DType t = d.in(0).dtype();
  const std::string wide = wide_type_of(t);
  const auto launch = [&](const Parted& over, const Spread& s, const std::string& end,
                          const std::string& from, const std::string& to) -> Launch& {
    const int64_t work = over.outer.numel * s.parts;
    Launch& l =
        add({text_types(), text_math(), text_walk(), text_block(), text_reduce()},
            "extern \"C\" __global__ void kernel(const __grid_constant__ Args a) { reduce_" +
                std::string(s.columns ? "columns" : "lines") + "<" + reduction + ", " + end + ", " +
                from + ", " + to + ">(a); }\n",
            s.columns ? grid_for(work, 1, device().processors()) : grid_of_lines(work, s.chunk));
    l.args.walk = over.outer;
    l.args.inner = over.inner;
    l.args.n[0] = s.parts;
    l.args.n[1] = s.chunk;
    l.args.v[0] = count;
    return l;
  };
  const Spread s = Spread::of(p, device().processors());
  Launch& first = launch(p, s, s.parts > 1 ? "Whole" : finish, type_of(t),
                         s.parts > 1 ? wide : type_of(d.out(0).dtype()));
  first.pointer[0] = {0, 0};
  first.pointer[1] = {s.parts > 1 ? Launch::kWorkspace : 1, 0};
  if (s.parts == 1) return;
  Parted parts = {p.outer, walk_of({s.parts}, {{1}})};
  int64_t place = s.parts;  // of the parts of one result after those of another, row-major
  for (int i = parts.outer.rank; i-- > 0; place *= parts.outer.shape[i]) {
    parts.outer.stride[i][0] = place;
  }
  Launch& second = launch(parts, {false, 1, s.parts}, finish, wide, type_of(d.out(0).dtype()));
  second.pointer[0] = {Launch::kWorkspace, 0};
  second.pointer[1] = {1, 0};
}

}  // namespace nnrun::cuda
