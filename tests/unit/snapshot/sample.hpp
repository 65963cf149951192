// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/records.hpp"

#include <string>

namespace envkeep::snapshot {

inline WallTime at(std::int64_t nanoseconds) {
    return WallTime(std::chrono::nanoseconds(nanoseconds));
}

inline std::string name_of_pack(std::string_view seed) {
    return digest_of(seed).text();
}

inline Entry file(std::string path, std::string_view content, std::uint32_t offset = 512) {
    return {.path = std::move(path),
            .kind = EntryKind::file,
            .attributes = {.mode = 0644,
                           .uid = 0,
                           .gid = 50,
                           .modified = at(1'700'000'000'123'456'789)},
            .size = content.size(),
            .digest = digest_of(content),
            .location = content.empty() ? Location{} : Location{.frame = 3, .offset = offset}};
}

// One of everything.
inline Layer sample_layer() {
    Layer layer{.home = "/root",
                .packs = {name_of_pack("one"), name_of_pack("two")},
                .groups = {{.name = "/etc"},
                           {.domain = Domain::python,
                            .place = "usr/local/lib/python3.11/dist-packages",
                            .name = "einops",
                            .version = "0.8.0"}},
                .entries = {},
                .deletions = {}};
    Entry folder{.path = "etc", .attributes = {.mode = 02755, .modified = at(-1)}};
    Entry empty = file("etc/empty", "");
    Entry plain = file("etc/plain", "plain");
    plain.attributes.extended = {
        {.name = "security.capability", .value = std::string("\0\x01\n ", 4)},
        {.name = "user.empty", .value = ""}};
    Entry second{.path = "etc/second", .kind = EntryKind::hard_link, .target = "etc/plain"};
    Entry link{.path = "etc/z", .kind = EntryKind::link, .target = "a b\\c"};
    Entry sparse = file("usr/lib/-", "sparse", 0);
    sparse.is_sparse = true;
    sparse.group = 1;
    sparse.location.pack = 1;
    Entry odd = file("usr/lib/odd\n \xff", "odd");
    layer.entries = {folder, empty, plain, second, link, sparse, odd};
    layer.deletions = {{.path = "etc/gone", .size = 12, .modified = at(5)},
                       {.path = "usr/gone", .kind = EntryKind::link, .group = 1}};
    return layer;
}

}  // namespace envkeep::snapshot
