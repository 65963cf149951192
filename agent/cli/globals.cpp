// SPDX-License-Identifier: MIT
#include "cli/globals.hpp"

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array flags{
    Flag{.name = "--json", .help = "one JSON document on standard output; help stays text"},
    Flag{.name = "--store",
         .value = "DIR",
         .help = "the folder that persists, such as /storage; ours is DIR/envkeep",
         .kind = ValueKind::folder},
    Flag{.name = "--home",
         .value = "DIR",
         .help = "the home to bring to what the manifest says",
         .kind = ValueKind::folder},
    Flag{.name = "--manifest",
         .value = "FILE",
         .help = "another manifest than the store's",
         .kind = ValueKind::file},
    Flag{.name = "--root",
         .value = "DIR",
         .help = "look at a captured machine below DIR; only plan, status, verify, diff, "
                 "snapshots and doctor do",
         .kind = ValueKind::folder},
    Flag{.name = "--no-network", .help = "use no network"},
    Flag{.name = "--verbose", .help = "say more"},
    Flag{.name = "--quiet", .help = "say only what went wrong"},
    Flag{.name = "--help", .help = "show help", .letter = "-h"},
};

}  // namespace

std::span<const Flag> global_flags() {
    return flags;
}

}  // namespace envkeep::cli
