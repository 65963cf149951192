// SPDX-License-Identifier: MIT
#include "envkeep/system/inspector.hpp"

#include <utility>

namespace envkeep::system {
namespace {

class ReadByPath final : public OpenedFile {
  public:
    ReadByPath(const Inspector& machine, std::string path)
        : machine_(machine), path_(std::move(path)) {}

    [[nodiscard]] std::uint64_t size() const override {
        return machine_.node(path_).value_or(Node()).size;
    }

    [[nodiscard]] Result<std::string> read_at(std::uint64_t offset,
                                              std::uint64_t count) const override {
        return machine_.read_at(path_, offset, count);
    }

  private:
    const Inspector& machine_;
    std::string path_;
};

}  // namespace

Result<std::unique_ptr<OpenedFile>> Inspector::open_file(const std::string& path) const {
    return std::make_unique<ReadByPath>(*this, path);
}

}  // namespace envkeep::system
