// SPDX-License-Identifier: MIT
#include "keep/undo_compare.hpp"

namespace envkeep::keep {

using system::Kind;
using system::Place;

namespace {

// More of a file that was cut short is not read: it counts as another one.
constexpr std::uint64_t largest_beginning = 64U << 20U;

enum class Compared { alike, early };

Result<bool> is_file_in(const Place& part,
                        const Place& whole,
                        Compared ends,
                        std::uint64_t size,
                        system::FileReader& files) {
    if (ends == Compared::alike) {
        return files.has_same_bytes(part, whole);
    }
    if (size > largest_beginning) {
        return false;
    }
    ENVKEEP_TRY(const std::string one, files.read_head(part, size));
    ENVKEEP_TRY(const std::string other, files.read_head(whole, size));
    return one == other;
}

Result<bool> is_in(const Place& part,
                   const Place& whole,
                   Compared ends,
                   system::FileReader& files) {
    ENVKEEP_TRY(const system::Seen one, files.look(part));
    ENVKEEP_TRY(const system::Seen other, files.look(whole));
    if (one.status.kind != other.status.kind) {
        return false;
    }
    switch (one.status.kind) {
        case Kind::absent:
            return true;
        case Kind::link:
            return one.target == other.target;
        case Kind::other:
            return false;
        case Kind::file: {
            const bool is_cut = ends == Compared::early && one.status.size < other.status.size;
            if (one.status.size != other.status.size && !is_cut) {
                return false;
            }
            return is_file_in(
                part, whole, is_cut ? Compared::early : Compared::alike, one.status.size, files);
        }
        case Kind::folder:
            break;
    }
    ENVKEEP_TRY(const std::vector<system::Entry> entries, files.list(part));
    for (const system::Entry& entry : entries) {
        ENVKEEP_TRY(const bool is_held,
                    is_in(part.child(entry.name), whole.child(entry.name), ends, files));
        if (!is_held) {
            return false;
        }
    }
    return true;
}

}  // namespace

Result<bool> is_held_by(const Place& part, const Place& whole, system::FileReader& files) {
    return is_in(part, whole, Compared::alike, files);
}

Result<bool> is_begun_copy_of(const Place& part, const Place& whole, system::FileReader& files) {
    return is_in(part, whole, Compared::early, files);
}

}  // namespace envkeep::keep
