#include <nnrun/nn/containers.h>
#include <nnrun/nn/module.h>

#include <cxxabi.h>

#include <cstdlib>
#include <ostream>
#include <sstream>
#include <typeinfo>

#include "core/base/text.h"
#include "core/nn/clone.h"
#include "core/tensor/shape.h"

namespace nnrun::nn {
namespace {

std::string join_name(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : name.empty() ? prefix : prefix + "." + name;
}

/// As libtorch names the class: ours are called there torch::.
std::string class_name(const std::type_info& type) {
  int status = 0;
  char* text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? text : type.name();
  std::free(text);
  const std::string own = "nnrun::";
  return name.rfind(own, 0) == 0 ? "torch::" + name.substr(own.size()) : name;
}

std::string text_of(IntArrayRef sizes) { return Shape(sizes.begin(), sizes.end()).str(); }

void check_name(const char* what, const std::string& name) {
  if (name.empty()) throw Error(Code::model, std::string(what) + " name must not be empty");
  if (name.find('.') != std::string::npos) {
    throw Error(Code::model,
                std::string(what) + " name must not contain a dot (got '" + name + "')");
  }
}

}  // namespace

const std::string& Module::name() const noexcept {
  if (name_.empty()) name_ = class_name(typeid(*this));
  return name_;
}

void Module::apply(const std::function<void(Module&)>& f) {
  f(*this);
  for (auto& child : children_) child.value()->apply(f);
}
void Module::apply(const std::function<void(const Module&)>& f) const {
  f(*this);
  for (const auto& child : children_) std::as_const(*child.value()).apply(f);
}
void Module::apply(const std::function<void(const std::string&, Module&)>& f,
                   const std::string& prefix) {
  f(prefix, *this);
  for (auto& child : children_) child.value()->apply(f, join_name(prefix, child.key()));
}
void Module::apply(const std::function<void(const std::string&, const Module&)>& f,
                   const std::string& prefix) const {
  f(prefix, *this);
  for (const auto& child : children_) {
    std::as_const(*child.value()).apply(f, join_name(prefix, child.key()));
  }
}
void Module::apply(const std::function<void(const std::shared_ptr<Module>&)>& f) const {
  for (const auto& m : modules()) f(m);
}

OrderedDict<std::string, Tensor> Module::named_parameters(bool recurse) const {
  return named(&Module::parameters_, recurse);
}
OrderedDict<std::string, Tensor> Module::named_buffers(bool recurse) const {
  return named(&Module::buffers_, recurse);
}
OrderedDict<std::string, Tensor> Module::named(OrderedDict<std::string, Tensor> Module::*which,
                                               bool recurse) const {
  OrderedDict<std::string, Tensor> r;
  const auto add = [&](const std::string& prefix, const Module& m) {
    for (const auto& t : m.*which) {
      if (t->defined()) r.insert(join_name(prefix, t.key()), t.value());
    }
  };
  recurse ? apply(add) : add("", *this);
  return r;
}
std::vector<Tensor> Module::parameters(bool recurse) const {
  return named_parameters(recurse).values();
}
std::vector<Tensor> Module::buffers(bool recurse) const { return named_buffers(recurse).values(); }

OrderedDict<std::string, std::shared_ptr<Module>> Module::named_modules(const std::string& prefix,
                                                                        bool include_self) const {
  OrderedDict<std::string, std::shared_ptr<Module>> r;
  if (include_self) {
    auto self = std::const_pointer_cast<Module>(weak_from_this().lock());
    if (self == nullptr) {
      throw Error(Code::model, "modules() of a module that no shared_ptr owns")
          .with_hint("make it with std::make_shared, or pass include_self = false");
    }
    r.insert(prefix, self);
  }
  for (const auto& child : children_) {
    r.update(child.value()->named_modules(join_name(prefix, child.key())));
  }
  return r;
}
std::vector<std::shared_ptr<Module>> Module::modules(bool include_self) const {
  return named_modules("", include_self).values();
}

std::map<std::string, Tensor> Module::state_dict() const {
  std::map<std::string, Tensor> r;
  for (const auto& p : named_parameters()) r[p.key()] = p.value();
  for (const auto& b : named_buffers()) r[b.key()] = b.value();
  return r;
}

void Module::load_state_dict(const std::map<std::string, Tensor>& state) {
  const std::map<std::string, Tensor> own = state_dict();
  for (const auto& [name, tensor] : state) {
    auto it = own.find(name);
    if (it == own.end()) throw Error(Code::model, "the module has no '" + name + "'");
    if (it->second.sizes() != tensor.sizes()) {
      throw Error(Code::model, "'" + name + "' has shape " + text_of(tensor.sizes()) +
                                   ", but the module's " + text_of(it->second.sizes()));
    }
  }
  for (const auto& [name, tensor] : own) {
    if (!state.count(name)) throw Error(Code::model, "'" + name + "' of the module is missing");
  }
  NoGradGuard guard;
  for (const auto& [name, tensor] : state) Tensor(own.at(name)).copy_(tensor);
}

void Module::save(serialize::OutputArchive& archive) const {
  for (const auto* tensors : {&parameters_, &buffers_}) {
    for (const auto& t : *tensors) {
      if (t->defined()) archive.write(t.key(), t.value(), tensors == &buffers_);
    }
  }
  for (const auto& child : children_) {
    serialize::OutputArchive nested;
    child.value()->save(nested);
    archive.write(child.key(), nested);
  }
}
void Module::load(serialize::InputArchive& archive) {
  for (auto* tensors : {&parameters_, &buffers_}) {
    for (auto& t : *tensors) {
      if (!t->defined()) continue;
      Tensor value;
      archive.read(t.key(), value, tensors == &buffers_);
      if (value.sizes() != t->sizes()) {
        throw Error(Code::data, "[load] '" + t.key() + "' has shape " + text_of(value.sizes()) +
                                    ", but the module's " + text_of(t->sizes()))
            .with_hint("the file is of another module, or of one with other sizes");
      }
      NoGradGuard guard;
      t->detach().copy_(value);
    }
  }
  for (auto& child : children_) {
    serialize::InputArchive nested;
    // A module without tensors has left nothing.
    if (archive.try_read(child.key(), nested))
      child.value()->load(nested);
    else if (!child.value()->state_dict().empty())
      archive.read(child.key(), nested);
  }
}

void Module::train(bool on) {
  for (auto& child : children_) child.value()->train(on);
  is_training_ = on;
}

template <class F> void Module::change_tensors(F&& f) {
  for (auto& p : parameters_) {
    if (p->defined()) p->set_data(f(p->detach()));
  }
  for (auto& b : buffers_) {
    if (b->defined()) b->set_data(f(b->detach()));
  }
}
void Module::to(Device device, Dtype dtype, bool non_blocking) {
  for (auto& child : children_) child.value()->to(device, dtype, non_blocking);
  change_tensors([&](const Tensor& t) {
    return isFloatingType(t.scalar_type()) ? t.to(device, dtype) : t.to(TensorOptions(device));
  });
}
void Module::to(Dtype dtype, bool non_blocking) {
  for (auto& child : children_) child.value()->to(dtype, non_blocking);
  change_tensors(
      [&](const Tensor& t) { return isFloatingType(t.scalar_type()) ? t.to(dtype) : t; });
}
void Module::to(Device device, bool non_blocking) {
  for (auto& child : children_) child.value()->to(device, non_blocking);
  change_tensors([&](const Tensor& t) { return t.to(TensorOptions(device)); });
}

void Module::zero_grad(bool set_to_none) {
  for (auto& child : children_) child.value()->zero_grad(set_to_none);
  for (auto& p : parameters_) {
    if (!p->defined() || !p->grad().defined()) continue;
    if (set_to_none) {
      p->mutable_grad().reset();
    } else {
      p->mutable_grad() = p->grad().detach();
      p->mutable_grad().zero_();
    }
  }
}

Tensor& Module::register_parameter(std::string name, Tensor tensor, bool requires_grad) {
  check_name("Parameter", name);
  if (tensor.defined() && (requires_grad || tensor.is_leaf()))
    tensor.set_requires_grad(requires_grad);
  return parameters_.insert(std::move(name), std::move(tensor));
}
Tensor& Module::register_buffer(std::string name, Tensor tensor) {
  check_name("Buffer", name);
  return buffers_.insert(std::move(name), std::move(tensor));
}
void Module::add_child(std::string name, std::shared_ptr<Module> module) {
  check_name("Submodule", name);
  children_.insert(std::move(name), std::move(module));
}

std::shared_ptr<Module> Module::clone(const optional<Device>&) const {
  throw Error(Code::model, "[clone] is not implemented for '" + name() + "'")
      .with_hint("derive it from nn::Cloneable<" + name() + "> instead of nn::Module");
}
void Module::clone_(Module& other, const optional<Device>& device) { other.Module::clone(device); }

void Module::clone_tensors(const Module& from, const optional<Device>& device) {
  NoGradGuard guard;
  const auto check = [](const char* what, size_t made, size_t expected) {
    if (made == expected) return;
    throw Error(Code::model, "[clone] reset() registers " + std::to_string(made) + " " + what +
                                 ", the module has " + std::to_string(expected))
        .with_hint("register everything in reset(), not in the constructor");
  };
  check("parameters", parameters_.size(), from.parameters_.size());
  check("buffers", buffers_.size(), from.buffers_.size());
  check("modules", children_.size(), from.children_.size());
  const auto copy = [&](OrderedDict<std::string, Tensor>& to,
                        const OrderedDict<std::string, Tensor>& all) {
    for (const auto& t : all) {
      if (t->defined()) to[t.key()].set_data(clone_of(t.value(), device));
    }
  };
  copy(parameters_, from.parameters_);
  copy(buffers_, from.buffers_);
  for (const auto& child : from.children_) children_[child.key()]->clone_(*child.value(), device);
}

void Module::pretty_print(std::ostream& out) const { out << name(); }

void detail::no_forward(const Module& module) {
  throw Error(Code::not_implemented, module.name() + " has no forward()")
      .with_hint("give its class one, or call the modules that it holds");
}

void Module::print(std::ostream& out, const std::string& indentation) const {
  pretty_print(out);
  if (children_.is_empty()) return;
  out << "(\n";
  for (const auto& child : children_) {
    out << indentation << "  (" << child.key() << "): ";
    child.value()->print(out, indentation + "  ");
    out << "\n";
  }
  out << indentation << ")";
}
std::ostream& operator<<(std::ostream& out, const Module& module) {
  module.print(out, "");
  return out;
}

void SequentialImpl::failed(size_t i, const Error& e) const {
  const auto children = named_children();
  const auto title = [&](size_t at) {
    std::ostringstream text;
    text << "'" << children[at].key() << "' (" << *children[at].value();
    return text.str().substr(0, text.str().find('\n')) + ")";
  };
  // The module that made the sizes is rather the last with parameters than an activation.
  size_t before = i;
  while (before > 0 && children[before - 1].value()->parameters().empty()) --before;
  std::string where = "Sequential: " + title(i);
  if (before > 0) where += " after " + title(before - 1);
  throw Error(e.code(), where + ": " + e.what()).with_hint(e.hint());
}

void SequentialImpl::pretty_print(std::ostream& out) const { out << "torch::nn::Sequential"; }
void ModuleListImpl::pretty_print(std::ostream& out) const { out << "torch::nn::ModuleList"; }
void FunctionalImpl::pretty_print(std::ostream& out) const { out << "torch::nn::Functional()"; }

}  // namespace nnrun::nn
