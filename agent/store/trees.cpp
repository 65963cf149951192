// SPDX-License-Identifier: MIT
#include "envkeep/store/trees.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::store {
namespace {

using system::Kind;
using system::Place;
using system::Status;

// Walks a tree and remembers what is private in it.
class Counter {
  public:
    Counter(const std::vector<RelPath>& left_out, system::FileReader& files)
        : left_out_(left_out), files_(files) {}

    Result<void> add(const Place& place, const RelPath& below, bool is_hidden) {
        if (std::ranges::binary_search(left_out_, below)) {
            return {};
        }
        ENVKEEP_TRY(const Status status, files_.status(place));
        if (status.kind == Kind::folder) {
            ENVKEEP_TRY(const auto entries, files_.list(place));
            ++count.folders;
            const bool hides = is_hidden || (status.mode & 0011U) == 0;
            for (const system::Entry& entry : entries) {
                ENVKEEP_CHECK(add(place.child(entry.name), below.child(entry.name), hides));
            }
            return {};
        }
        ++count.files;
        if (status.kind == Kind::file) {
            count.bytes += status.size;
            const bool is_new =
                status.links < 2 || linked_.emplace(status.device, status.inode).second;
            count.room += is_new ? std::min(status.size, status.allocated) : 0;
        }
        if (is_hidden || (status.kind == Kind::file && (status.mode & 0044U) == 0)) {
            count.private_files.insert(below);
        }
        return {};
    }

    TreeCount count;

  private:
    const std::vector<RelPath>& left_out_;
    system::FileReader& files_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> linked_;  // device and inode
};

class Comparison {
  public:
    Comparison(const std::vector<RelPath>& left_out, system::FileReader& files)
        : left_out_(left_out), files_(files) {}

    Result<bool> is_same(const Place& one, const Place& other, const RelPath& below) {
        ENVKEEP_TRY(const system::Seen seen, files_.look(one));
        ENVKEEP_TRY(const system::Seen held, files_.look(other));
        if (seen.status.kind != held.status.kind) {
            return false;
        }
        switch (seen.status.kind) {
            case Kind::link:
                return seen.target == held.target;
            case Kind::file:
                return files_.has_same_bytes(one, other);
            case Kind::folder:
                return is_same_folder(one, other, below);
            default:
                return false;
        }
    }

  private:
    Result<bool> is_same_folder(const Place& one, const Place& other, const RelPath& below) {
        ENVKEEP_TRY(auto names, files_.list(one));
        ENVKEEP_TRY(const auto held, files_.list(other));
        std::erase_if(names, [&](const system::Entry& entry) {
            return std::ranges::binary_search(left_out_, below.child(entry.name));
        });
        if (names != held) {
            return false;
        }
        for (const system::Entry& entry : names) {
            ENVKEEP_TRY(
                const bool is_equal,
                is_same(one.child(entry.name), other.child(entry.name), below.child(entry.name)));
            if (!is_equal) {
                return false;
            }
        }
        return true;
    }

    const std::vector<RelPath>& left_out_;
    system::FileReader& files_;
};

}  // namespace

Result<TreeCount> count_tree(const Place& place,
                             const std::vector<RelPath>& left_out,
                             system::FileReader& files) {
    Counter counter(left_out, files);
    ENVKEEP_CHECK(counter.add(place, {}, false));
    counter.count.is_private = counter.count.private_files.erase(RelPath{}) > 0;
    return std::move(counter.count);
}

Result<bool> is_same_tree(const Place& one,
                          const Place& other,
                          const std::vector<RelPath>& left_out,
                          system::FileReader& files) {
    return Comparison(left_out, files).is_same(one, other, {});
}

}  // namespace envkeep::store
