// SPDX-License-Identifier: MIT
#include "store/trees.hpp"

#include <utility>

namespace envkeep::store {
namespace {

using system::Kind;
using system::Place;
using system::Status;

// Walks a tree and remembers what is private in it.
class Counter {
  public:
    explicit Counter(system::FileReader& files) : files_(files) {}

    Result<void> add(const Place& place, const RelPath& below, bool is_hidden) {
        ENVKEEP_TRY(const Status status, files_.status(place));
        if (status.kind == Kind::folder) {
            ENVKEEP_TRY(const auto entries, files_.list(place));
            const bool hides = is_hidden || (status.mode & 0011U) == 0;
            for (const system::Entry& entry : entries) {
                ENVKEEP_CHECK(add(place.child(entry.name), below.child(entry.name), hides));
            }
            return {};
        }
        ++count.files;
        count.bytes += status.kind == Kind::file ? status.size : 0;
        if (is_hidden || (status.kind == Kind::file && (status.mode & 0044U) == 0)) {
            count.private_files.insert(below);
        }
        return {};
    }

    TreeCount count;

  private:
    system::FileReader& files_;
};

Result<bool> is_same_folder(const Place& one, const Place& other, system::FileReader& files) {
    ENVKEEP_TRY(const auto names, files.list(one));
    ENVKEEP_TRY(const auto held, files.list(other));
    if (names != held) {
        return false;
    }
    for (const system::Entry& entry : names) {
        ENVKEEP_TRY(const bool is_equal,
                    is_same_tree(one.child(entry.name), other.child(entry.name), files));
        if (!is_equal) {
            return false;
        }
    }
    return true;
}

}  // namespace

Result<TreeCount> count_tree(const Place& place, system::FileReader& files) {
    Counter counter(files);
    ENVKEEP_CHECK(counter.add(place, {}, false));
    counter.count.is_private = counter.count.private_files.erase(RelPath{}) > 0;
    return std::move(counter.count);
}

Result<bool> is_same_tree(const Place& one, const Place& other, system::FileReader& files) {
    ENVKEEP_TRY(const system::Seen seen, files.look(one));
    ENVKEEP_TRY(const system::Seen held, files.look(other));
    if (seen.status.kind != held.status.kind) {
        return false;
    }
    switch (seen.status.kind) {
        case Kind::link:
            return seen.target == held.target;
        case Kind::file:
            return files.has_same_bytes(one, other);
        case Kind::folder:
            return is_same_folder(one, other, files);
        default:
            return false;
    }
}

}  // namespace envkeep::store
