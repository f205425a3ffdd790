// Convolutions in bfloat16 by our own loops on a CPU's matrix unit. Channels are last. Images are
// copied with their padding, so that each tap of a tile of results reads rows at one distance, and
// no windows are made; weights are read once for many results of some channels.
#include <cstring>

#include "backends/onednn/convolution.h"
#include "backends/onednn/epilogue.h"
#include "backends/onednn/layout.h"

namespace nnrun::onednn {
namespace {

constexpr const char* kChannelsLast = "onednn:acdb";
constexpr const char* kWeights = "onednn:ABcd16b16a2b";  // (O, C, KH, KW) in tiles of the unit
constexpr int64_t kTile = AmxLoops::kTile, kSide = AmxLoops::kSide;
constexpr int64_t kStep = 32;  // numbers in a row of a tile

/// 16 results whose windows begin at one distance from one another.
struct ResultTile {
  int64_t from;       // place of the padded images
  int32_t to[kTile];  // place of the result; -1: none
};

/// What of the shapes the loops need. Places are in pixels. Images come in groups: of 16, which lie
/// side by side pixel by pixel, so that a tile is a pixel of each; or, where there are others left,
/// of one, with a tile along its rows.
struct PaddedConv {
  int64_t images, channels, results;
  int64_t in[2], out[2], taps[2], stride, spread[2], before[2];
  int64_t group;        // images in one
  int64_t row, places;  // of a padded image; of all that tiles read of it
  std::vector<ResultTile> tiles;

  explicit PaddedConv(const ConvProblem& p)
      : images(p.x[0]),
        channels(p.x[1]),
        results(p.y[1]),
        in{p.x[2], p.x[3]},
        out{p.y[2], p.y[3]},
        taps{p.w[2], p.w[3]},
        stride(p.window.stride[1]),
        spread{p.window.dilation[0] + 1, p.window.dilation[1] + 1},
        before{p.window.padding[0], p.window.padding[1]},
        group(images % kTile == 0 ? kTile : 1),
        row(std::max(in[1] + before[1], (out[1] - 1) * stride + (taps[1] - 1) * spread[1] + 1)),
        places(0) {
    group == 1 ? along_rows() : across_images();
    const int64_t window = (taps[0] - 1) * spread[0] * row + (taps[1] - 1) * spread[1];
    const int64_t last = group == 1 ? (kTile - 1) * stride : 0;
    for (const ResultTile& t : tiles) places = std::max(places, t.from + last + window + 1);
    places = std::max(places, (in[0] + before[0]) * row);
  }

  int64_t groups() const { return images / group; }
  int64_t steps() const { return taps[0] * taps[1] * channels / kStep; }
  int64_t pixel_bytes() const { return group * channels * 2; }  // of all images in a group
  int64_t group_bytes() const { return places * pixel_bytes(); }
  /// From a row of a tile to the next.
  int64_t tile_row_bytes() const { return channels * 2 * (group == 1 ? stride : 1); }
  /// In the order of the weights: (C / 32, KH, KW); bytes.
  std::vector<int64_t> offsets() const {
    std::vector<int64_t> at;
    for (int64_t c = 0; c < channels; c += kStep) {
      for (int64_t a = 0; a < taps[0]; ++a) {
        for (int64_t b = 0; b < taps[1]; ++b) {
          at.push_back((a * spread[0] * row + b * spread[1]) * pixel_bytes() + c * 2);
        }
      }
    }
    return at;
  }

  /// The padded images of group g.
  void pad(const char* x, int64_t g, char* to) const {
    const int64_t pixel = channels * 2, step = pixel_bytes(), image = in[0] * in[1] * pixel;
    x += g * group * image;
    char* const end = to + group_bytes();
    std::memset(to, 0, size_t(before[0] * row * step));
    to += before[0] * row * step;
    for (int64_t r = 0; r < in[0]; ++r, x += in[1] * pixel, to += row * step) {
      std::memset(to, 0, size_t(before[1] * step));
      char* line = to + before[1] * step;
      if (group == 1) {
        std::memcpy(line, x, size_t(in[1] * pixel));
        line += in[1] * pixel;
      } else {
        for (int64_t c = 0; c < in[1]; ++c) {
          for (int64_t i = 0; i < group; ++i, line += pixel) {
            std::memcpy(line, x + i * image + c * pixel, size_t(pixel));
          }
        }
      }
      std::memset(line, 0, size_t(to + row * step - line));
    }
    std::memset(to, 0, size_t(end - to));
  }

 private:
  void across_images() {
    for (int64_t r = 0; r < out[0]; ++r) {
      for (int64_t c = 0; c < out[1]; ++c) {
        ResultTile t{(r * row + c) * stride, {}};
        for (int64_t i = 0; i < kTile; ++i) t.to[i] = int32_t(i * out[0] * out[1] + r * out[1] + c);
        tiles.push_back(t);
      }
    }
  }
  /// Rows of results one by one, or as one, with results between them that nobody wants.
  void along_rows() {
    const int64_t by_row = out[0] * ((out[1] + kTile - 1) / kTile);
    const int64_t all = (out[0] - 1) * row + out[1], as_one = (all + kTile - 1) / kTile;
    const bool one = as_one < by_row;
    const int64_t lines = one ? 1 : out[0], length = one ? all : out[1];
    for (int64_t i = 0; i < lines; ++i) {
      for (int64_t first = 0; first < length; first += kTile) {
        ResultTile t{(i * row + first) * stride, {}};
        for (int64_t k = 0; k < kTile; ++k) {
          const int64_t at = first + k, r = one ? at / row : i, c = one ? at % row : at;
          t.to[k] = at < length && c < out[1] ? int32_t(r * out[1] + c) : -1;
        }
        tiles.push_back(t);
      }
    }
  }
};

class Amx {
 public:
  static Offer offer(const Desc& d) { return offer(Fused(d)); }
  static Offer offer(const Fused& f) {
    const Desc d = f.anchor();
    if (d.op() != "conv2d") return no("another op");
    if (!SumAndRelu::read(f)) return no("other than a sum and relu");
    constexpr uint64_t kAs = same_as(0) | kAnyLayout;
    Offer o =
        require_contiguous(accept(d, {NNR_BF16 | kAnyLayout, kAs, optional(same_as(0))}, {kAs}), d);
    if (refused(o)) return o;
    if (!has_amx()) return no("a CPU without a matrix unit");
    const ConvProblem p(d, ConvPass::forward);
    if (p.dtype != d.in(0).dtype()) return no("computed in another dtype");
    if (p.groups != 1) return no("in groups");
    if (p.window.stride[0] != p.window.stride[1]) return no("two strides");
    if (p.x[1] % kStep != 0 || p.y[1] % kSide != 0) return no("channels that do not fill tiles");
    if (p.work() == 0) return no("nothing to convolve");
    if (p.y[2] * p.y[3] > INT32_MAX / kTile) return no("images too large");
    const PaddedConv c(p);
    const double products = double(c.groups() * int64_t(c.tiles.size()) * c.steps()) *
                            double(c.results / kTile);  // each 16 cycles
    const double weights = p.elements(p.w) * 2, images = double(c.groups() * c.group_bytes());
    o.est_ns = (products * 9 + weights * 0.04 + images * 0.1) / d.threads() + 500;
    o.workspace_bytes = uint64_t(c.groups() * c.group_bytes());
    o = in_layout(std::move(o), d, kChannelsLast, {0, d.inputs()});
    o.layouts[1] = kWeights;
    o.bytes[1] = bytes_in(d.in(1), kWeights);
    const SumAndRelu e = *SumAndRelu::read(f);
    if (e.add >= 0) o.inplace.push_back({uint32_t(e.add), 0});
    return o;
  }
  explicit Amx(const Desc& d) : Amx(Fused(d)) {}
  explicit Amx(const Fused& f)
      : conv_(ConvProblem(f.anchor(), ConvPass::forward)),
        at_(conv_.offsets()),
        loops_(loops().amx),
        threads_(f.anchor().threads()),
        inputs_(f.whole().inputs()),
        x_(f.buffer(0)),
        w_(f.buffer(1)),
        bias_(f.anchor().in(2) ? f.buffer(2) : -1),
        epilogue_(SumAndRelu::read(f).value()) {
    const Desc d = f.anchor();
    const std::vector<std::string> want = offer(f).layouts;
    for (int i : {0, 1, d.inputs()}) {
      if (d.operand(i).layout() != want[size_t(i)])
        throw Failure(NNR_E_UNSUPPORTED, "layouts that were not offered");
    }
  }

  void run(void* const* buffer, void* workspace) const {
    char* padded = static_cast<char*>(workspace);
    const char* x = static_cast<const char*>(buffer[x_]);
    const int64_t groups = conv_.groups(), bytes = conv_.group_bytes();
    parallel_for(groups, std::max<int64_t>(1, kGrain / bytes), threads_, [&](int64_t b, int64_t e) {
      for (int64_t g = b; g < e; ++g) conv_.pad(x, g, padded + g * bytes);
    });
    // A piece is some channels of some results: pieces in a row share their weights.
    const int64_t n = int64_t(conv_.tiles.size()), runs = (n + kRun - 1) / kRun;
    parallel_for(conv_.results / kSide * groups * runs, 1, threads_, [&](int64_t b, int64_t e) {
      alignas(64) char before[64];
      loops_.begin(before);
      for (int64_t piece = b; piece < e; ++piece) {
        const int64_t run = piece % runs, g = piece / runs % groups;
        convolve(buffer, padded + g * bytes, g, piece / runs / groups * kSide, run * kRun,
                 std::min(n, (run + 1) * kRun));
      }
      loops_.end(before);
    });
  }

 private:
  static constexpr int64_t kRun = 64;  // tiles in a piece

  /// Tiles [begin, end) of channels [channel, channel + kSide) of one group.
  void convolve(void* const* buffer, const char* images, int64_t group, int64_t channel,
                int64_t begin, int64_t end) const {
    const int64_t pixel = conv_.pixel_bytes();
    const AmxProduct p{int64_t(at_.size()), at_.data(), conv_.tile_row_bytes()};
    const char* w = static_cast<const char*>(buffer[w_]) + channel * p.steps * kStep * 2;
    const int64_t results = conv_.group * conv_.out[0] * conv_.out[1] * conv_.results;
    const auto result = [&](int k) {
      return k < 0 ? nullptr : at(buffer[k], (group * results + channel) * 2);
    };
    alignas(64) float bias[kSide] = {}, sum[kSide * kSide];
    if (bias_ >= 0) loops().widen(DType::bfloat16)(at(buffer[bias_], channel * 2), 1, bias, kSide);
    for (int64_t t = begin; t < end; t += 2) {
      const ResultTile* tile = &conv_.tiles[size_t(t)];
      const bool two = t + 1 < end;
      loops_.block(p, images + tile[0].from * pixel, two ? images + tile[1].from * pixel : nullptr,
                   w, sum);
      for (int k = 0; k <= int(two); ++k) {
        loops_.finish(sum + k * kTile * kSide, bias, kTile, tile[k].to, conv_.results,
                      result(epilogue_.add), epilogue_.relu, result(inputs_));
      }
    }
  }

  PaddedConv conv_;
  std::vector<int64_t> at_;
  AmxLoops loops_;
  int threads_, inputs_, x_, w_, bias_;
  SumAndRelu epilogue_;
};

}  // namespace

KernelDef amx_kernel(const char* op) {
  return std::string_view(op) == "group" ? fused_kernel<Amx>("amx") : kernel<Amx>(op, "amx");
}

}  // namespace nnrun::onednn
