// SPDX-License-Identifier: MIT
#pragma once

#include "bytes.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/snapshot/write_packs.hpp"
#include "snapshot/pack_reader.hpp"
#include "support/plain_tree.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::snapshot {

// A machine's files in `machine`, which are packed into `packs`.
class PackingTest : public ::testing::Test {
  protected:
    PackingTest() { tree.folder("machine").folder("packs"); }

    // All that stands in the machine, as whoever walked it would tell.
    Layer seen() {
        namespace fs = std::filesystem;
        const std::string top = tree / "machine";
        Layer layer{.home = "/root",
                    .packs = {},
                    .groups = {{.name = "/"}},
                    .entries = {},
                    .deletions = {}};
        for (const auto& found : fs::recursive_directory_iterator(top)) {
            layer.entries.push_back(
                entry_of(found.path(), found.path().string().substr(top.size() + 1)));
        }
        std::ranges::sort(layer.entries, comes_before, &Entry::path);
        return layer;
    }

    static Entry entry_of(const std::string& full, std::string path) {
        struct ::stat status {};

        ::lstat(full.c_str(), &status);
        Entry entry{.path = std::move(path)};
        entry.kind = S_ISDIR(status.st_mode)   ? EntryKind::folder
                     : S_ISLNK(status.st_mode) ? EntryKind::link
                                               : EntryKind::file;
        if (entry.kind == EntryKind::link) {
            entry.target = std::filesystem::read_symlink(full);
        }
        entry.size = entry.kind == EntryKind::file ? static_cast<std::uint64_t>(status.st_size) : 0;
        entry.attributes = {.mode = status.st_mode & 07777U,
                            .uid = status.st_uid,
                            .gid = status.st_gid,
                            .modified = WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                                                 std::chrono::nanoseconds(status.st_mtim.tv_nsec))};
        return entry;
    }

    static std::vector<std::size_t> all_of(const Layer& layer) {
        std::vector<std::size_t> order(layer.entries.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            order[i] = i;
        }
        std::ranges::stable_sort(
            order, {}, [&](std::size_t i) { return stage_of(layer.entries[i].path); });
        return order;
    }

    system::Place packs_folder() {
        return {.root = files.open_root(tree / "packs").value(), .path = {}};
    }

    Result<PackReport> pack(Layer& layer, const Layer& known = {}) {
        return pack(layer, all_of(layer), known);
    }

    Result<PackReport> pack(Layer& layer,
                            const std::vector<std::size_t>& order,
                            const Layer& known) {
        const Roots roots{.machine = files.open_root(tree / "machine").value(),
                          .home = files.open_root(tree / "machine").value(),
                          .home_then = {}};
        return write_packs(layer, order, known, roots, {packs_folder(), plain, plain}, options);
    }

    // The bytes that the layer says an entry has.
    std::string bytes_in_packs(const Layer& layer, const Entry& entry) {
        if (entry.size == 0) {
            return {};
        }
        std::string bytes;
        std::size_t offset = entry.location.offset;
        for (std::size_t frame = entry.location.frame; bytes.size() < entry.size; ++frame) {
            bytes += frame_of(layer.packs.at(entry.location.pack), frame).substr(offset);
            offset = 0;
        }
        bytes.resize(entry.size);
        return bytes;
    }

    const std::string& frame_of(const std::string& name, std::size_t frame) {
        const auto [found, is_new] = decoded.try_emplace({name, frame});
        if (is_new) {
            const PackReader pack = PackReader::open(packs_folder(), name, plain).value();
            FrameDecoder decoder;
            const Bytes packed = pack.read_packed(frame).value();
            found->second = text_of(pack.decode(frame, packed, decoder).value());
        }
        return found->second;
    }

    // Whether the layer gives back what stands in the machine.
    void expect_all_packed(const Layer& layer) {
        for (const Entry& entry : layer.entries) {
            if (entry.kind == EntryKind::file) {
                const std::string content = tree.content("machine/" + entry.path);
                EXPECT_EQ(entry.size, content.size()) << entry.path;
                EXPECT_EQ(entry.digest, digest_of(content)) << entry.path;
                EXPECT_TRUE(bytes_in_packs(layer, entry) == content) << entry.path;
            }
        }
    }

    static Entry& entry_at(Layer& layer, std::string_view path) {
        return *std::ranges::find(layer.entries, path, &Entry::path);
    }

    testing::TempTree tree;
    posix::Files files;
    testing::PlainTree plain{files};
    PackOptions options;
    std::map<std::pair<std::string, std::size_t>, std::string> decoded;
};

}  // namespace envkeep::snapshot
