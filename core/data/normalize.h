// Statistics of the training features.
#pragma once

#include <string>
#include <vector>

#include "core/data/data.h"

namespace nnrun {

/// `kind`: none; unit (divide by 255); minmax (to [0, 1]); standard (mean 0, variance 1 over n, as
/// scikit-learn's StandardScaler). Per feature column; of images (N, C, H, W) per channel; images
/// (N, H, W) of bytes count as one channel, the same number in every entry. Throws Error(data)
/// naming the column or channel that is constant under minmax or standard, Error(model) for another
/// kind.
Normalization normalization_of(const Array& features, const std::string& kind,
                               const std::vector<std::string>& names);

}  // namespace nnrun
