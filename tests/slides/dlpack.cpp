// Step 4, shared with others: a DLPack capsule is how array libraries hand each other memory
// without a copy. NumPy, PyTorch, JAX and nnrun all read and write it.
#include <nnrun/nnrun.h>

#include <nnrun/abi/dlpack/dlpack.h>

#include "tests/slides/shown.h"

using nnrun::Tensor;

/// A matrix of someone else, as another library would hand it over.
struct Foreign {
  float values[6] = {1, 2, 3, 4, 5, 6};
  int64_t sizes[2] = {2, 3};
  bool released = false;
  DLManagedTensor capsule{};

  Foreign() {
    capsule.dl_tensor.data = values;
    capsule.dl_tensor.device = {kDLCPU, 0};
    capsule.dl_tensor.ndim = 2;
    capsule.dl_tensor.dtype = {kDLFloat, 32, 1};
    capsule.dl_tensor.shape = sizes;
    capsule.manager_ctx = this;
    capsule.deleter = [](DLManagedTensor* c) {
      static_cast<Foreign*>(c->manager_ctx)->released = true;
    };
  }
};

int main() {
  Foreign foreign;
  {
    Tensor x = nnrun::from_dlpack(&foreign.capsule);
    std::cout << x << "\n";
    shown(x.data_ptr<float>() == foreign.values, "from_dlpack() copies nothing.");
    x[1][2] = 60;
    shown(foreign.values[5] == 60, "A write on one side is seen on the other.");
    Tensor row = x[0];
    x.reset();
    shown(!foreign.released && row.sum().item<float>() == 6,
          "The memory is kept while anything looks at it.");
  }
  shown(foreign.released, "The owner is told when the last view is gone.");

  Tensor y = nnrun::arange(4, nnrun::kInt).view({2, 2});
  DLManagedTensor* capsule = nnrun::to_dlpack(y);
  shown(capsule->dl_tensor.data == y.data_ptr() && capsule->dl_tensor.ndim == 2,
        "to_dlpack() copies nothing either.");
  capsule->deleter(capsule);
  shown(y.sum().item<int>() == 6, "Giving the capsule back leaves the tensor as it was.");
}
