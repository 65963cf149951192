// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/layer.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace envkeep::snapshot {
namespace {

int rank_of(char byte) {
    return byte == '/' ? -1 : static_cast<int>(static_cast<unsigned char>(byte));
}

// Paths of neighbours have much in common: eight bytes at a time.
std::size_t common_beginning(const char* one, const char* other, std::size_t size) {
    std::size_t at = 0;
    while (at + sizeof(std::uint64_t) <= size &&
           std::memcmp(one + at, other + at, sizeof(std::uint64_t)) == 0) {
        at += sizeof(std::uint64_t);
    }
    while (at < size && one[at] == other[at]) {
        ++at;
    }
    return at;
}

bool is_metadata_folder(std::string_view component) {
    return component.ends_with(".dist-info") || component.ends_with(".egg-info");
}

}  // namespace

bool comes_before(const std::string& one, const std::string& other) {
    const std::size_t shorter = std::min(one.size(), other.size());
    const std::size_t common = common_beginning(one.data(), other.data(), shorter);
    if (common == shorter) {
        return one.size() < other.size();
    }
    return rank_of(one[common]) < rank_of(other[common]);
}

unsigned stage_of(const std::string& path) {
    constexpr std::string_view status_of_dpkg = "var/lib/dpkg/status";
    const std::size_t slash = path.rfind('/');
    const std::string_view folder =
        slash == std::string::npos ? std::string_view{} : std::string_view(path).substr(0, slash);
    const std::string_view name = slash == std::string::npos
                                      ? std::string_view(path)
                                      : std::string_view(path).substr(slash + 1);
    const std::string_view parent = folder.substr(folder.rfind('/') + 1);
    if (path == status_of_dpkg || (is_metadata_folder(parent) && name == "RECORD") ||
        (parent == "conda-meta" && name.ends_with(".json"))) {
        return 3;
    }
    if (is_metadata_folder(parent) || folder.starts_with("var/lib/dpkg")) {
        return 2;
    }
    return parent == "bin" || parent == "sbin" ? 1 : 0;
}

unsigned stage_of(const Entry& entry) {
    const unsigned stage = stage_of(entry.path);
    return entry.kind == EntryKind::hard_link ? std::max(stage, stage_of(entry.target)) : stage;
}

}  // namespace envkeep::snapshot
