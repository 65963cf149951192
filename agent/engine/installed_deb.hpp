// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/packages/inventory.hpp"
#include "envkeep/snapshot/deb.hpp"
#include "envkeep/snapshot/scope.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::engine {

// What dpkg knows of the packages here.
class InstalledDebs {
  public:
    // The scope, which must outlive it, says what may be stored.
    [[nodiscard]] static Result<InstalledDebs> read(system::FileReader& files,
                                                    const snapshot::Scope& scope);

    // All of a package as it is installed, but what the manifest excludes. not_found, and why,
    // where something of it is missing that is no manual page or the like, or where it was
    // diverted; conflict where it holds a secret.
    [[nodiscard]] Result<snapshot::DebContent> content_of(const packages::Package& package);

  private:
    InstalledDebs(system::RootId root, system::FileReader& files, const snapshot::Scope& scope)
        : root_(root), files_(files), scope_(scope) {}

    Result<void> add_control(const packages::Package& package, snapshot::DebContent& content);
    Result<void> add_data(const packages::Package& package, snapshot::DebContent& content);
    Result<void> add_path(const std::string& listed, snapshot::DebContent& content);
    [[nodiscard]] std::string stem_of(const packages::Package& package);
    [[nodiscard]] Result<std::string> read(const std::string& path);
    [[nodiscard]] snapshot::Omission omission_of(const system::Place& place,
                                                 const system::Status& status);
    void find_merged_folders();

    system::RootId root_;
    system::FileReader& files_;
    const snapshot::Scope& scope_;
    std::string status_;
    std::map<std::string, std::string> diverted_;  // path to the package that may have it
    std::vector<std::pair<std::string, std::string>> merged_;  // "/lib/" to "usr/lib/"
    std::vector<std::string> info_names_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> first_names_;
};

// The paragraph of a package in dpkg's status, without what is only dpkg's own: the `control` file.
// Empty where there is none.
[[nodiscard]] std::string control_of(std::string_view status,
                                     std::string_view name,
                                     std::string_view architecture);

}  // namespace envkeep::engine
