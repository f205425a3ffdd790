// What many layers share.
#pragma once

#include <string>

#include "core/nn/layer.h"
#include "core/ops/functions.h"

namespace nnrun {

/// "(N, 16, 7)": a shape with the batch size left open.
std::string sample_text(const Shape& shape);

/// Throws through s.fail unless the input has lo to hi dimensions; `layout` is "(N, C, H, W)".
void expect_rank(const LayerScope& s, int lo, int hi, const char* layout);
/// Throws through s.fail unless groups divides both.
void expect_groups(const LayerScope& s, int64_t in_channels, int64_t out_channels, int64_t groups);
/// Throws through s.fail unless the input is of a float dtype.
void expect_float(const LayerScope& s);

/// weight, and bias when attribute `bias` says so (else null), as torch starts them:
/// kaiming_uniform with a = sqrt(5), and uniform in +-1/sqrt(fan_in).
struct WeightBias {
  Var weight, bias;
};
WeightBias weight_and_bias(LayerScope& s, const Shape& weight, int64_t bias_size, int64_t fan_in);

/// A size that the layer before gives: checked by LayerScope::size().
AttrDecl inferred_size(std::string name, std::string doc);

/// The padding of a convolution: numbers with that default, or the words of torch.
AttrDecl padding_attr(AttrValue dflt, std::string doc);
AttrDecl padding_mode_attr();

/// The input of a convolution with what `padding` and `padding_mode` put around it, and the zeros
/// that are left for the op to put at each border, one number for each of the last dimensions.
struct Padded {
  Var x;
  Ints zeros;
};
Padded padded_input(LayerScope& s);

/// Accepted for what torch prints; results are the same.
AttrDecl inplace_attr();

/// The layer that applies an elementwise op with attributes of the same names.
LayerDef activation(std::string name, std::string doc, std::string op,
                    std::vector<AttrDecl> attrs = {});

/// As above, with `inplace` last.
LayerDef inplace_activation(std::string name, std::string doc, std::string op,
                            std::vector<AttrDecl> attrs = {});

/// Batch normalisation of inputs of lo to hi dimensions, channels second.
LayerDef batch_norm_layer(std::string name, int lo, int hi, const char* layout);

/// The layer softmax, log_softmax over attribute `dim`; f computes it.
LayerDef softmax_layer(std::string name, std::string doc, Var (*f)(Var x, int64_t dim));

}  // namespace nnrun
