// An activation of one's own, outside the tree: a bump, which one unit needs for XOR.
#include <nnrun/plugin.hpp>

NNRUN_PLUGIN("acme-bump", "1.0.0") {
  p.scalar("acme.bump", "exp(-(a0 * x0) * (a0 * x0))").attr("sharpness", 1.0, "1 / width");
}
