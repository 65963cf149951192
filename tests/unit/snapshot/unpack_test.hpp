// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/files.hpp"
#include "envkeep/posix/tree_content.hpp"
#include "envkeep/snapshot/unpack.hpp"
#include "snapshot/frame.hpp"
#include "snapshot/pack_index.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::snapshot {

using system::Place;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TempTree;

inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

// A pack that is put together frame by frame.
class HandmadePack {
  public:
    // Where the bytes begin that are added next.
    [[nodiscard]] Location here() const {
        return {.frame = static_cast<std::uint32_t>(index_.frames.size()),
                .offset = static_cast<std::uint32_t>(frame_.size())};
    }

    // Bytes that go on through frames of `largest` bytes.
    void add(std::string_view bytes, std::size_t largest) {
        while (!bytes.empty()) {
            const std::size_t part = std::min(bytes.size(), largest - frame_.size());
            frame_ += bytes.substr(0, part);
            bytes.remove_prefix(part);
            if (frame_.size() == largest) {
                end_frame();
            }
        }
    }

    void end_frame() {
        if (frame_.empty()) {
            return;
        }
        FrameEncoder encoder(1);
        const Bytes packed = encoder.encode(bytes_of(frame_)).value();
        index_.frames.push_back({.packed = static_cast<std::uint32_t>(packed.size()),
                                 .plain = static_cast<std::uint32_t>(frame_.size()),
                                 .digest = digest_of(frame_)});
        file_.append(reinterpret_cast<const char*>(packed.data()), packed.size());
        frame_.clear();
    }

    // Its name; the file is below `folder`.
    std::string write(TempTree& tree, std::string_view folder) {
        end_frame();
        const Bytes last = index_frame(index_);
        file_.append(reinterpret_cast<const char*>(last.data()), last.size());
        const std::string name = pack_name(index_);
        tree.file(std::string(folder) + "/" + name + ".tar.zst", file_);
        return name;
    }

    // Where a frame begins in the file.
    [[nodiscard]] std::size_t offset_of(std::size_t frame) const {
        std::size_t offset = 0;
        for (std::size_t i = 0; i < frame; ++i) {
            offset += index_.frames[i].packed;
        }
        return offset;
    }

  private:
    PackIndex index_;
    std::string file_;
    std::string frame_;
};

// A machine "m" with a home "m/root", packs in "packs", and a layer that grows by what is added.
class UnpackTest : public ::testing::Test {
  protected:
    UnpackTest() {
        tree.folder("m/root").folder("packs");
        roots = {.machine = files.open_root(tree / "m").value(),
                 .home = files.open_root(tree / "m/root").value(),
                 .home_then = "home/other"};
        packs = {.root = files.open_root(tree / "packs").value(), .path = {}};
        layer.home = "/home/other";
    }

    static constexpr std::int64_t then = 1'500'000'000'123'456'789;

    Entry& add(std::string path, EntryKind kind, std::uint32_t mode) {
        layer.entries.push_back(
            {.path = std::move(path),
             .kind = kind,
             .attributes = {.mode = mode,
                            .uid = ::geteuid(),
                            .gid = ::getegid(),
                            .modified = WallTime(std::chrono::nanoseconds(then))}});
        return layer.entries.back();
    }

    Entry& add_folder(std::string path, std::uint32_t mode = 0755) {
        return add(std::move(path), EntryKind::folder, mode);
    }

    Entry& add_link(std::string path, std::string target) {
        Entry& entry = add(std::move(path), EntryKind::link, 0777);
        entry.target = std::move(target);
        return entry;
    }

    // Its bytes go to the pack at hand.
    Entry& add_file(std::string path, std::string_view content, std::uint32_t mode = 0644) {
        Entry& entry = add(std::move(path), EntryKind::file, mode);
        entry.size = content.size();
        entry.digest = digest_of(content);
        entry.location = pack.here();
        entry.location.pack = static_cast<std::uint32_t>(layer.packs.size());
        pack.add(content, frame_size);
        return entry;
    }

    void end_pack() {
        layer.packs.push_back(pack.write(tree, "packs"));
        pack = {};
    }

    // All entries, for places where nothing stands.
    [[nodiscard]] std::vector<LayerStep> all_steps() {
        std::ranges::sort(layer.entries, [](const Entry& one, const Entry& other) {
            return comes_before(one.path, other.path);
        });
        std::vector<LayerStep> steps;
        for (std::size_t i = 0; i < layer.entries.size(); ++i) {
            steps.push_back({.entry = i, .change = LayerChange::make, .seen = {}});
        }
        return steps;
    }

    UnpackReport unpack_steps(const std::vector<LayerStep>& steps) {
        return unpack(layer, steps, roots, packs, trees, trees, options);
    }

    UnpackReport unpack_all() { return unpack_steps(all_steps()); }

    [[nodiscard]] std::size_t index_of(std::string_view path) const {
        const auto found = std::ranges::find(layer.entries, path, &Entry::path);
        return static_cast<std::size_t>(found - layer.entries.begin());
    }

    [[nodiscard]] std::vector<std::string> failed_paths(const UnpackReport& report) const {
        std::vector<std::string> paths;
        for (const UnpackReport::Failed& failed : report.failed) {
            paths.push_back(layer.entries.at(failed.entry).path);
        }
        return paths;
    }

    [[nodiscard]] system::Status seen(std::string_view path) {
        return files.status({.root = roots.machine, .path = RelPath::parse(path).value()}).value();
    }

    TempTree tree;
    posix::Files files;
    posix::TreeContent trees{files};
    Roots roots;
    Place packs;
    Layer layer;
    HandmadePack pack;
    std::size_t frame_size = 1000;
    UnpackOptions options;
};

}  // namespace envkeep::snapshot
