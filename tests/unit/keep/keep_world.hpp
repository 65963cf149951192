// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/plan.hpp"
#include "envkeep/posix/files.hpp"
#include "support/temp_tree.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// A home and a store in a temporary tree, and the way from a manifest to a plan on them.
namespace envkeep::keep::testing {

// Passes every question on and counts it by name.
class CountingFiles : public system::FileReader {
  public:
    explicit CountingFiles(system::FileReader& files) : files_(files) {}

    [[nodiscard]] int count(const std::string& name) const;
    [[nodiscard]] int all() const;

    void forget() { counts_.clear(); }

    [[nodiscard]] Result<system::RootId> open_root(const std::string& absolute) override;
    [[nodiscard]] std::string root_path(system::RootId root) const override;
    [[nodiscard]] Result<system::Status> status(const system::Place& place) override;
    [[nodiscard]] Result<system::Seen> look(const system::Place& place) override;
    [[nodiscard]] Result<system::Status> follow(const std::string& absolute) override;
    [[nodiscard]] Result<std::string> real_path(const std::string& absolute) override;
    [[nodiscard]] Result<std::string> read_link(const system::Place& place) override;
    [[nodiscard]] Result<std::string> read_file(const system::Place& place,
                                                std::uint64_t limit) override;
    [[nodiscard]] Result<std::string> read_head(const system::Place& place,
                                                std::size_t count) override;
    [[nodiscard]] Result<std::vector<system::Entry>> list(const system::Place& place) override;
    [[nodiscard]] Result<Digest> digest(const system::Place& file) override;
    [[nodiscard]] Result<bool> has_same_bytes(const system::Place& one,
                                              const system::Place& other) override;
    [[nodiscard]] Result<system::Space> space(system::RootId root) override;

  private:
    system::FileReader& files_;
    std::map<std::string, int> counts_;
};

class KeepWorld {
  public:
    KeepWorld() { set_up(); }

    // Below another folder: "/dev/shm" for many files.
    explicit KeepWorld(const std::string& parent) : tree(parent) { set_up(); }

    // `root` is the home, `storage/envkeep` the store; both are there and empty.
    envkeep::testing::TempTree tree;
    posix::Files real_files;
    CountingFiles files{real_files};
    manifest::Manifest manifest;
    ResolveContext resolving;
    ObserveContext observing;
    PlanContext planning;

    // Opens home and store anew, as a mount over one of them needs it.
    void reopen();

    // An entry of the manifest.
    manifest::Keep& keep(std::string_view path);

    [[nodiscard]] std::string home(std::string_view path = {}) const;
    [[nodiscard]] std::string store(std::string_view path = {}) const;

    // Each looks anew at what is there.
    [[nodiscard]] Wanted wanted();
    [[nodiscard]] Observation observation();
    [[nodiscard]] model::Plan plan();

    // The steps and conflicts of the plan; paths begin with "root/" and "storage/".
    [[nodiscard]] std::vector<std::string> plan_lines();

    // Each wanted keep as "link root/.x -> storage/envkeep/home/.x", with its peculiarities behind.
    [[nodiscard]] std::vector<std::string> wanted_lines();

    // The only keep that is observed.
    [[nodiscard]] KeepSeen seen();

  private:
    void set_up();
    [[nodiscard]] std::string shortened(std::string text) const;
};

}  // namespace envkeep::keep::testing
