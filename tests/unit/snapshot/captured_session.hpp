// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/files.hpp"
#include "envkeep/posix/tree_content.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "envkeep/snapshot/capture.hpp"
#include "envkeep/snapshot/image.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::snapshot {

// Cannot list the folder of one name, and meets one of another as a mount, wherever they are.
class FailingWalker final : public system::TreeWalker {
  public:
    explicit FailingWalker(system::TreeWalker& inner) : inner_(inner) {}

    std::vector<system::WalkError> walk(
        const system::Place& place,
        unsigned threads,
        const std::function<bool(const system::WalkEntry&)>& visit) override {
        std::vector<system::WalkError> failed;
        std::mutex mutex;
        auto errors = inner_.walk(place, threads, [&](const system::WalkEntry& entry) {
            system::Status status = entry.status;
            status.is_mount_point = !entry.below.is_root() && entry.below.name() == mounted;
            const bool is_wanted = visit({.below = entry.below, .status = status});
            if (!is_wanted || entry.below.is_root() || entry.below.name() != unreadable) {
                return is_wanted;
            }
            const std::lock_guard lock(mutex);
            failed.push_back(
                {.below = entry.below,
                 .error = {.message = "cannot list " + entry.below.text(), .hint = {}}});
            return false;
        });
        std::ranges::move(errors, std::back_inserter(failed));
        return failed;
    }

    std::string unreadable;
    std::string mounted;

  private:
    system::TreeWalker& inner_;
};

// A folder stands for "/": what is made before `begin_session` is the image's.
class CaptureOfASession : public ::testing::Test {
  protected:
    void SetUp() override {
        tree_.folder("usr").folder("root").folder("etc");
        machine_ = files_.open_root(tree_.path()).value();
        home_ = files_.open_root(tree_ / "root").value();
    }

    void write(const std::string& path, const std::string& text) { tree_.file(path, text); }

    [[nodiscard]] WallTime changed(std::string_view path) {
        return files_.status({.root = machine_, .path = RelPath::parse(path).value()})
            .value()
            .changed;
    }

    [[nodiscard]] WallTime now() {
        tree_.remove("clock").file("clock");
        return changed("clock");
    }

    void begin_session() {
        const WallTime image = now();
        while (now() == image) {
        }
        began_ = now();
        listing_ = list_image(scope_, began_, roots(), tools()).value();
    }

    [[nodiscard]] Roots roots() const {
        return {.machine = machine_, .home = home_, .home_then = "root"};
    }

    [[nodiscard]] CaptureTools tools() {
        return {.files = files_, .reader = trees_, .walker = failing_, .threads = 2};
    }

    // Whatever has "python" in its path is of that domain.
    static Group group_of(const std::string& path) {
        return path.find("python") == std::string::npos
                   ? Group{.name = "/all"}
                   : Group{.domain = Domain::python, .place = "/usr", .name = "p"};
    }

    Capture take(const Layer* base = nullptr, std::optional<WallTime> until = std::nullopt) {
        return capture(scope_,
                       {.session_began = began_,
                        .layer_holds_until = until,
                        .layer = base,
                        .image = &listing_,
                        .is_wanted = is_wanted_,
                        .group_of_deleted = group_of,
                        .is_stored = is_stored_},
                       roots(),
                       group_of,
                       tools())
            .value();
    }

    static std::vector<std::string> paths_of(const Capture& found) {
        std::vector<std::string> paths;
        for (const Entry& entry : found.layer.entries) {
            paths.push_back(entry.path);
        }
        return paths;
    }

    envkeep::testing::TempTree tree_;
    posix::Files files_;
    posix::TreeContent trees_{files_};
    posix::TreeWalker walker_{files_};
    FailingWalker failing_{walker_};
    system::RootId machine_;
    system::RootId home_;
    Scope scope_{.roots = {"usr", "etc", "root"}, .home = "root", .kept = {"root/kept"}};
    ImageListing listing_;
    WallTime began_{};
    std::function<bool(const Group&)> is_wanted_;
    std::function<bool(const std::string&, std::uint64_t)> is_stored_;
};

}  // namespace envkeep::snapshot
