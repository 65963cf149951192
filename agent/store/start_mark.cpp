// SPDX-License-Identifier: MIT
#include "envkeep/store/start_mark.hpp"

#include "envkeep/store/fields.hpp"
#include "store/lease_files.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace envkeep::store {
namespace {

using system::Place;

// A crash loop leaves many; what lies beyond waits for the next look.
constexpr std::size_t most_marks = 200;

struct Found {
    KilledStart start;
    Place file;
    system::Status seen;
};

struct World {
    const Store& store;
    const system::Machine& machine;
    system::FileReader& files;
    system::FileWriter& writer;
};

// Newest first by the store's clock.
std::vector<Found> killed_starts(const World& world, const std::string& home) {
    std::vector<Found> found;
    const Place folder = world.store.place(names::starts);
    const auto entries = world.files.list(folder);
    if (!entries) {
        return found;
    }
    std::optional<WallTime> now;
    for (std::size_t i = 0; i < std::min(entries->size(), most_marks); ++i) {
        const Place file = folder.child((*entries)[i].name);
        const auto mark = read_holder_file(file, world.files).value_or(std::nullopt);
        if (!mark || bytes_member(mark->json, "home") != home) {
            continue;
        }
        const Holder holder = holder_of(mark->json);
        if (is_alive_here(holder, world.machine)) {
            continue;
        }
        if (!is_dead(holder, world.machine)) {
            if (!now) {
                now = store_time(world.store, world.machine, world.files, world.writer)
                          .value_or(world.machine.now());
            }
            if (*now - mark->seen.modified < start_lost_after) {
                continue;
            }
        }
        found.push_back({.start = {.step = bytes_member(mark->json, "step"),
                                   .host = holder.host,
                                   .began = holder.started},
                         .file = file,
                         .seen = mark->seen});
    }
    std::ranges::sort(found, [](const Found& one, const Found& other) {
        return one.seen.modified > other.seen.modified;
    });
    return found;
}

// Whoever was quicker has removed it.
void remove_from(const World& world, const std::vector<Found>& found, std::size_t first) {
    for (std::size_t i = first; i < found.size(); ++i) {
        static_cast<void>(world.writer.remove_file(found[i].file, found[i].seen));
    }
}

}  // namespace

StartMark::StartMark(const Store& store,
                     std::string home,
                     const system::Machine& machine,
                     system::FileReader& files,
                     system::FileWriter& writer)
    : store_(store),
      home_(std::move(home)),
      machine_(machine),
      files_(files),
      writer_(writer),
      file_(store.place(names::starts).child(machine.random_id() + ".json")) {}

void StartMark::set(const std::string& step) {
    if (store_.is_read_only || step == step_) {
        return;
    }
    if (step_.empty() && !writer_.make_folders(store_.place(names::starts), 0700)) {
        return;
    }
    step_ = step;
    Json json = Json::object();
    add_to(json, this_process(machine_));
    json.set("home", json_bytes(home_));
    json.set("step", json_bytes(step));
    static_cast<void>(writer_.overwrite_own_file(file_, json.compact() + '\n', 0600));
}

void StartMark::remove() {
    if (std::exchange(step_, {}).empty()) {
        return;
    }
    const auto seen = files_.status(file_);
    if (seen && seen->kind == system::Kind::file) {
        static_cast<void>(writer_.remove_file(file_, *seen));
    }
}

std::vector<KilledStart> last_killed_starts(const Store& store,
                                            const std::string& home,
                                            const system::Machine& machine,
                                            system::FileReader& files,
                                            system::FileWriter& writer) {
    constexpr std::size_t last = 2;
    const World world{.store = store, .machine = machine, .files = files, .writer = writer};
    const std::vector<Found> found = killed_starts(world, home);
    remove_from(world, found, last);
    std::vector<KilledStart> starts;
    for (std::size_t i = 0; i < std::min(found.size(), last); ++i) {
        starts.push_back(found[i].start);
    }
    return starts;
}

void forget_killed_starts(const Store& store,
                          const std::string& home,
                          const system::Machine& machine,
                          system::FileReader& files,
                          system::FileWriter& writer) {
    const World world{.store = store, .machine = machine, .files = files, .writer = writer};
    remove_from(world, killed_starts(world, home), 0);
}

}  // namespace envkeep::store
