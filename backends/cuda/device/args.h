// What every kernel takes, by value: read by the host's compiler, and part of every program.
#ifndef NNRUN_CUDA_ARGS_H
#define NNRUN_CUDA_ARGS_H

/// How up to kMaxOperands operands walk one shape in row-major order. Strides are in elements and
/// may be 0 or negative; dimensions that all operands cross in one stride are merged.
struct Walk {
  static const int kMaxRank = 8, kMaxOperands = 12;
  long long numel;
  int rank, unused;
  long long shape[kMaxRank];
  long long stride[kMaxRank][kMaxOperands];
};

/// Every kernel takes one of these.
struct Args {
  static const int kPointers = 16, kIntegers = 32, kNumbers = 8;
  void* p[kPointers];
  Walk walk, inner;
  long long n[kIntegers];
  double v[kNumbers];
};

#endif
