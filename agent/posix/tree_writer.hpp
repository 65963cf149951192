// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/tree_content.hpp"
#include "posix/extended.hpp"
#include "posix/give_attributes.hpp"
#include "posix/tree_folder.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace envkeep::posix {

// Learns from the first files made in a folder what becomes of them there (umask, a set-group-id
// folder, a server that squashes root), so that the others need not be looked at.
class Births {
  public:
    // The mode to make a file with; only the owner's bits while nothing is known.
    [[nodiscard]] std::uint32_t first_mode(const system::Attributes& wanted) const;
    // Of the new file `descriptor`, which was asked for with `mode`. Nothing on failure, with errno
    // set.
    [[nodiscard]] std::optional<Born> file(int descriptor, std::uint32_t mode);
    // Of the new link `name`.
    [[nodiscard]] std::optional<Born> link(int folder, const std::string& name);

  private:
    static constexpr std::uint32_t is_known = 1U << 31U;

    [[nodiscard]] Born owner() const;
    void learn(const system::Status& found, std::uint32_t kept);

    std::atomic<std::uint64_t> owner_{0};
    std::atomic<std::uint32_t> kept_{0};  // permission bits that come out as they were asked for
};

class FolderWriter final : public system::FolderWriter {
  public:
    explicit FolderWriter(TreeFolder folder)
        : folder_(std::move(folder)), has_default_list_(has_default_list(folder_.fd.get())) {}

    [[nodiscard]] Result<void> make_file(const std::string& name,
                                         std::span<const std::byte> content,
                                         const system::Attributes& attributes,
                                         const Replaced& replaced) override;
    [[nodiscard]] Result<std::unique_ptr<system::FileBuilder>> begin_file(
        const std::string& name, bool is_sparse, const Replaced& replaced) override;
    [[nodiscard]] Result<void> make_link(const std::string& name,
                                         const std::string& target,
                                         const system::Attributes& attributes,
                                         const Replaced& replaced) override;
    [[nodiscard]] Result<void> make_hard_link(const std::string& name,
                                              system::FolderWriter& folder,
                                              const std::string& existing,
                                              const Replaced& replaced) override;
    [[nodiscard]] Result<void> make_folder(const std::string& name) override;
    [[nodiscard]] Result<void> set_attributes(const std::string& name,
                                              const system::Status& seen,
                                              const system::Attributes& attributes) override;
    [[nodiscard]] Result<void> remove(const std::string& name, const system::Status& seen) override;

  private:
    [[nodiscard]] Result<void> replace_file(const std::string& name,
                                            std::span<const std::byte> content,
                                            const system::Attributes& attributes,
                                            const system::Status& replaced);
    [[nodiscard]] Result<void> replace_link(const std::string& name,
                                            const std::string& target,
                                            const system::Attributes& attributes,
                                            const system::Status& replaced);
    [[nodiscard]] Result<void> fill(int file,
                                    const std::string& name,
                                    std::span<const std::byte> content,
                                    std::uint32_t mode,
                                    const system::Attributes& attributes);
    [[nodiscard]] tl::unexpected<Error> cannot(const char* verb, const std::string& name) const;

    TreeFolder folder_;
    bool has_default_list_;  // an access list that all new things in it get
    Births births_;
};

[[nodiscard]] Result<std::unique_ptr<system::FileBuilder>> begin_tree_file(
    Spot spot, bool is_sparse, const system::FolderWriter::Replaced& replaced);

[[nodiscard]] Result<std::unique_ptr<system::NewFile>> create_store_file(const TreeFolder& folder);

}  // namespace envkeep::posix
