// SPDX-License-Identifier: MIT
#include "engine/loader.hpp"

#include "envkeep/core/digest.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/keep/aside.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace envkeep::engine {
namespace {

constexpr std::string_view ldconfig = "/sbin/ldconfig";
constexpr std::string_view cache_name = "ld.so.cache";
constexpr std::uint64_t largest_cache = std::uint64_t{64} << 20U;

// What ldconfig makes of the folders, without a change of the machine; it needs a folder of its
// own for it.
Result<std::string> new_cache(const World& world,
                              const system::Place& folder,
                              const std::string& run) {
    keep::AsidePlaces places(run, world.files, *world.writer);
    ENVKEEP_TRY(const system::Place made, places.take(folder.child(cache_name), ".new"));
    const auto end = world.processes->run(
        {.words = {std::string(ldconfig), "-X", "-C", world.files.absolute(made)},
         .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
         .limit = std::chrono::seconds(30)});
    Result<std::string> text = world.files.read_file(made, largest_cache);
    if (const Result<system::Status> seen = world.files.status(made); seen) {
        static_cast<void>(world.writer->remove_file(made, *seen));
    }
    places.give_back(made);
    ENVKEEP_CHECK(end);
    if (!end->is_well()) {
        return failure(ErrorKind::io,
                       fmt::format("{} failed: {}", ldconfig, printable(trimmed(end->output))));
    }
    return text;
}

}  // namespace

bool concerns_loader(std::string_view path) {
    if (path == "etc/ld.so.conf" || path.starts_with("etc/ld.so.conf.d/")) {
        return true;
    }
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos ||
        path.substr(slash).find(".so") == std::string_view::npos) {
        return false;
    }
    std::string_view folder = path.substr(0, slash);
    const std::size_t last = folder.rfind('/');
    if (last != std::string_view::npos &&
        folder.substr(last).find("-linux-") != std::string_view::npos) {
        folder = folder.substr(0, last);  // lib/x86_64-linux-gnu
    }
    constexpr std::array<std::string_view, 9> folders{"lib",
                                                      "lib32",
                                                      "lib64",
                                                      "usr/lib",
                                                      "usr/lib32",
                                                      "usr/lib64",
                                                      "usr/local/lib",
                                                      "usr/local/lib32",
                                                      "usr/local/lib64"};
    return std::ranges::find(folders, folder) != folders.end();
}

void refresh_loader(const World& world,
                    const snapshot::Layer& layer,
                    const std::vector<snapshot::LayerStep>& steps) {
    if (world.processes == nullptr || world.machine.effective_uid() != 0) {
        return;
    }
    const bool is_needed = std::ranges::any_of(steps, [&](const snapshot::LayerStep& step) {
        return concerns_loader(layer.entries[step.entry].path);
    });
    if (is_needed) {
        static_cast<void>(world.processes->run({.words = {std::string(ldconfig)},
                                                .environment = {"PATH=/usr/sbin:/usr/bin"},
                                                .limit = std::chrono::seconds(10)}));
    }
}

Result<bool> renew_loader_cache(const World& world,
                                const Session& session,
                                store::Journal& journal) {
    const system::Place home{.root = session.home, .path = {}};
    ENVKEEP_TRY(const system::RootId etc, world.files.open_root("/etc"));
    const system::Place cache = system::Place{.root = etc, .path = {}}.child(cache_name);
    ENVKEEP_TRY(const std::string text, new_cache(world, home, journal.run().id));
    ENVKEEP_TRY(system::Status seen, world.files.status(cache));
    const Digest digest = digest_of(text);
    const std::string path = world.files.absolute(cache);
    if (seen.kind == system::Kind::absent) {
        // Undone by the two lines in turn: emptied, then removed.
        ENVKEEP_TRY(const std::size_t number,
                    journal.intend({.kind = store::Change::Kind::made_file, .path = path}));
        ENVKEEP_CHECK(world.writer->write_file(cache, "", 0644, std::nullopt));
        ENVKEEP_CHECK(journal.done(number));
        ENVKEEP_TRY(seen, world.files.status(cache));
    } else if (const Result<Digest> old = world.files.digest(cache); old && *old == digest) {
        return false;
    }
    keep::AsidePlaces places(journal.run().id, world.files, *world.writer);
    ENVKEEP_TRY(const system::Place kept, places.take(home.child(cache_name)));
    ENVKEEP_CHECK(world.writer->copy(cache, kept, {}, std::nullopt));
    ENVKEEP_TRY(const std::size_t number,
                journal.intend({.kind = store::Change::Kind::replaced_file,
                                .path = path,
                                .other = world.files.absolute(kept),
                                .text = digest.text()}));
    if (Result<void> written = world.writer->write_file(cache, text, 0644, seen); !written) {
        ENVKEEP_CHECK(journal.gave_up(number));
        return tl::unexpected(std::move(written).error());
    }
    ENVKEEP_CHECK(journal.done(number));
    return true;
}

}  // namespace envkeep::engine
