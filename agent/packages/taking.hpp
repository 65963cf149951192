// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/packages/inventory.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What all readers of take_inventory share.
namespace envkeep::packages {

// A folder by the name that users know it by, and by the path without links that it is read by.
struct Spot {
    std::string shown;
    std::string real;

    [[nodiscard]] Spot child(std::string_view name) const;
};

// Reads below "/"; every answer for what is absent or cannot be read is empty.
class Taking {
  public:
    Taking(const InventoryOptions& options,
           system::FileReader& files,
           const system::Machine& machine,
           system::RootId root)
        : options_(options), machine_(machine), files_(files), root_(root) {}

    [[nodiscard]] const InventoryOptions& options() const { return options_; }

    [[nodiscard]] const system::Machine& machine() const { return machine_; }

    [[nodiscard]] Inventory& inventory() { return inventory_; }

    // The folder behind `absolute`, links followed; none where there is no folder.
    [[nodiscard]] std::optional<Spot> spot(const std::string& absolute);
    // Sorted by name.
    [[nodiscard]] std::vector<system::Entry> list(const std::string& real);
    // Names of folders in a folder, links to folders too, without hidden ones.
    [[nodiscard]] std::vector<std::string> folders_in(const std::string& real);
    [[nodiscard]] system::Status status(const std::string& real);
    [[nodiscard]] std::string head(const std::string& real, std::size_t count);
    // Where there is a file that cannot be read this notes why, with `about` as the package.
    [[nodiscard]] std::optional<std::string> read(const std::string& real,
                                                  std::uint64_t limit,
                                                  const Package& about);
    [[nodiscard]] std::string link_target(const std::string& real);

    // By the watermark or the options' function; `metadata` is a package's file or folder.
    [[nodiscard]] Origin origin_of(const std::string& metadata);
    // Image where nothing in the folder can be newer; none where each entry must be asked.
    [[nodiscard]] std::optional<Origin> origin_of_all_in(const std::string& folder);

    void add(Package package) { inventory_.packages.push_back(std::move(package)); }

    void note(NoteKind kind, const Package& about, std::string detail = {});

  private:
    [[nodiscard]] std::optional<system::Place> place_of(const std::string& real) const;

    const InventoryOptions& options_;
    const system::Machine& machine_;
    system::FileReader& files_;
    system::RootId root_;
    Inventory inventory_;
};

[[nodiscard]] std::string parent_of(const std::string& path);
[[nodiscard]] std::string_view name_of(std::string_view path);

}  // namespace envkeep::packages
