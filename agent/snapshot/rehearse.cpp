// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/unpack.hpp"

#include <memory>
#include <string>

namespace envkeep::snapshot {
namespace {

using system::Attributes;
using system::Status;

// Writers of nothing.
class NoFile final : public system::FileBuilder {
  public:
    Result<void> write_at(std::uint64_t /*offset*/, std::span<const std::byte> /*bytes*/) override {
        return {};
    }

    Result<void> finish(std::uint64_t /*size*/, const Attributes& /*attributes*/) override {
        return {};
    }
};

class NoFolder final : public system::FolderWriter {
  public:
    Result<void> make_file(const std::string& /*name*/,
                           std::span<const std::byte> /*content*/,
                           const Attributes& /*attributes*/,
                           const Replaced& /*replaced*/) override {
        return {};
    }

    Result<std::unique_ptr<system::FileBuilder>> begin_file(const std::string& /*name*/,
                                                            bool /*is_sparse*/,
                                                            const Replaced& /*replaced*/) override {
        return std::make_unique<NoFile>();
    }

    Result<void> make_link(const std::string& /*name*/,
                           const std::string& /*target*/,
                           const Attributes& /*attributes*/,
                           const Replaced& /*replaced*/) override {
        return {};
    }

    Result<void> make_hard_link(const std::string& /*name*/,
                                system::FolderWriter& /*folder*/,
                                const std::string& /*existing*/,
                                const Replaced& /*replaced*/) override {
        return {};
    }

    Result<void> make_folder(const std::string& /*name*/) override { return {}; }

    Result<void> set_attributes(const std::string& /*name*/,
                                const Status& /*seen*/,
                                const Attributes& /*attributes*/) override {
        return {};
    }

    Result<void> remove(const std::string& /*name*/, const Status& /*seen*/) override { return {}; }
};

class NoTree final : public system::TreeWriter {
  public:
    Result<std::shared_ptr<system::FolderWriter>> write_folder(
        const system::Place& /*place*/) override {
        return folder_;
    }

    Result<std::unique_ptr<system::NewFile>> create_file(const system::Place& /*folder*/) override {
        return failure(ErrorKind::unsupported, "nothing is written here");
    }

  private:
    std::shared_ptr<system::FolderWriter> folder_ = std::make_shared<NoFolder>();
};

}  // namespace

UnpackReport rehearse(const Layer& layer,
                      std::span<const LayerStep> steps,
                      const Roots& roots,
                      const system::Place& packs_folder,
                      system::TreeReader& reader,
                      const UnpackOptions& options) {
    NoTree nothing;
    return unpack(layer, steps, roots, packs_folder, reader, nothing, options);
}

}  // namespace envkeep::snapshot
