// SPDX-License-Identifier: MIT
#include "envkeep/store/probe.hpp"

#include "envkeep/store/find.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::store {
namespace {

using system::Kind;
using system::Place;
using system::Status;

// A name that system::is_temporary_name knows, so that everybody passes it over.
constexpr std::string_view scratch_prefix = ".probe.envkeep-";
constexpr std::chrono::hours probe_forgotten_after{1};
// Where these do not hold, a MiB is not written for its time alone.
constexpr std::uint64_t much_room = std::uint64_t{64} << 20U;
constexpr std::chrono::milliseconds longest_small_file{100};

// Without the name of the scratch folder, which says nothing.
std::string refusal_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::no_space:
            return "no space left on device";
        case ErrorKind::permission_denied:
            return "permission denied";
        case ErrorKind::read_only:
            return "read-only file system";
        default:
            return error.message;
    }
}

// Tries one capability after the other in the scratch folder. What fails is a capability that is
// not there; the caller removes the folder with all that is left in it.
class Trials {
  public:
    Trials(Place scratch,
           const system::Machine& machine,
           system::FileReader& files,
           system::FileWriter& writer)
        : scratch_(std::move(scratch)), machine_(machine), files_(files), writer_(writer) {}

    void run(Probe& probe) {
        const Result<std::chrono::microseconds> took = write_and_remove();
        if (!took) {
            probe.refusal = refusal_of(took.error());
            return;
        }
        probe.is_writable = true;
        probe.small_file = *took;
        // What a restore cannot do without first.
        const std::optional<Status> made = made_file("file", 0600);
        probe.has_owner = made && made->uid == machine_.effective_uid();
        probe.has_modes = made && has_modes(*made);
        probe.is_whole = try_the_rest(made.has_value(), probe);
    }

  private:
    // False if the time was over before all was tried.
    bool try_the_rest(bool has_file, Probe& probe) {
        const auto has_time = [&] { return machine_.steady_now() - began_ < longest_probe; };
        if (!has_time()) {
            return false;
        }
        probe.has_links = has_links();
        probe.has_rename_over = has_rename_over();
        if (!has_time()) {
            return false;
        }
        probe.has_hard_links = has_file && has_hard_links();
        if (has_file && has_time()) {
            probe.locks = writer_.try_locks(at("file"));
        }
        const bool has_room = probe.total_bytes == 0 || probe.free_bytes >= much_room;
        if (has_time() && has_room && probe.small_file < longest_small_file) {
            probe.mebibyte = time_to_write_much();
        }
        return has_time();
    }

    std::chrono::microseconds time_to_write_much() {
        const std::string content(std::size_t{1} << 20U, 'x');
        const SteadyTime begin = machine_.steady_now();
        return writer_.write_file(at("much"), content, 0600, std::nullopt)
                   ? std::chrono::duration_cast<std::chrono::microseconds>(machine_.steady_now() -
                                                                           begin)
                   : std::chrono::microseconds{};
    }

    [[nodiscard]] Place at(std::string_view name) const { return scratch_.child(name); }

    std::optional<Status> made_file(std::string_view name, std::uint32_t mode) {
        if (!writer_.write_file(at(name), "1", mode, std::nullopt)) {
            return std::nullopt;
        }
        return status_of(at(name));
    }

    std::optional<Status> status_of(const Place& place) {
        const auto status = files_.status(place);
        return status && status->kind != Kind::absent ? std::optional(*status) : std::nullopt;
    }

    Result<std::chrono::microseconds> write_and_remove() {
        const std::string content(4096, 'x');
        const SteadyTime begin = machine_.steady_now();
        ENVKEEP_CHECK(writer_.write_file(at("small"), content, 0600, std::nullopt));
        ENVKEEP_TRY(const Status seen, files_.status(at("small")));
        ENVKEEP_TRY(const std::string read, files_.read_file(at("small"), content.size()));
        if (read != content) {
            return failure(ErrorKind::io, "what was written did not come back");
        }
        ENVKEEP_CHECK(writer_.remove_file(at("small"), seen));
        return std::chrono::duration_cast<std::chrono::microseconds>(machine_.steady_now() - begin);
    }

    bool has_links() {
        const std::string target = "../nowhere at all";
        return writer_.make_link(at("link"), target).has_value() &&
               files_.read_link(at("link")) == target;
    }

    bool has_rename_over() {
        const auto first = made_file("over", 0600);
        return first && writer_.write_file(at("over"), "2", 0600, first).has_value() &&
               files_.read_file(at("over"), 1) == std::string("2");
    }

    // A file system with one fixed mode for all may show the right one by chance: so two are tried.
    bool has_modes(const Status& made) {
        const auto folder = status_of(scratch_);
        if (made.mode != 0600 || !folder || (folder->mode & 0777U) != 0700 ||
            !writer_.set_mode(at("file"), made, 0640)) {
            return false;
        }
        const auto changed = status_of(at("file"));
        return changed && changed->mode == 0640;
    }

    bool has_hard_links() {
        if (!writer_.make_hard_link(at("file"), at("second"))) {
            return false;
        }
        const auto one = status_of(at("file"));
        const auto other = status_of(at("second"));
        return one && other && one->is_same_file(*other) && other->links == 2;
    }

    Place scratch_;
    const system::Machine& machine_;
    SteadyTime began_ = machine_.steady_now();
    system::FileReader& files_;
    system::FileWriter& writer_;
};

// What probes that were killed left behind. Nobody else gives such names, and a live probe is
// through within seconds. `own` has just been written to: it tells the store's own time.
void remove_forgotten(const Place& own, system::FileReader& files, system::FileWriter& writer) {
    const auto entries = files.list(own.parent());
    const auto now = files.status(own);
    if (!entries || !now || now->kind != Kind::folder) {
        return;
    }
    for (const system::Entry& entry : *entries) {
        if (entry.kind != Kind::folder || !entry.name.starts_with(scratch_prefix)) {
            continue;
        }
        const Place scratch = own.parent().child(entry.name);
        const auto status = files.status(scratch);
        if (status && now->modified - status->modified > probe_forgotten_after) {
            static_cast<void>(writer.remove_own_tree(scratch).has_value());
        }
    }
}

// The middle one of a few, so that one hiccup says nothing.
std::chrono::microseconds time_to_read(const std::vector<Place>& places,
                                       const system::Machine& machine,
                                       system::FileReader& files) {
    constexpr std::uint64_t largest = std::uint64_t{64} << 10U;
    std::vector<std::chrono::microseconds> times;
    for (const Place& place : places) {
        const SteadyTime begin = machine.steady_now();
        if (files.read_uncached(place, largest)) {
            times.push_back(std::chrono::duration_cast<std::chrono::microseconds>(
                machine.steady_now() - begin));
        }
    }
    std::ranges::sort(times);
    return times.empty() ? std::chrono::microseconds{} : times[times.size() / 2];
}

Probe without_trials(const Store& store,
                     const system::Machine& machine,
                     system::FileReader& files) {
    Probe probe;
    if (const auto mount = mount_of(store.path, machine)) {
        probe.is_mounted = mount->point != "/";
        probe.mount_type = mount->type;
    }
    if (const auto space = files.space(store.root)) {
        take_space(*space, probe);
    }
    if (const auto status = files.status(store.place(""))) {
        probe.is_shared = (status->mode & 0044U) != 0;
    }
    probe.small_read =
        time_to_read({store.place(names::identity), store.place(names::manifest)}, machine, files);
    return probe;
}

}  // namespace

void take_space(const system::Space& space, Probe& probe) {
    probe.total_bytes = space.total;
    probe.free_bytes = space.free;
    probe.free_inodes = space.free_inodes;
    probe.total_inodes = space.total_inodes;
}

Result<Probe> probe(const Store& store,
                    const system::Machine& machine,
                    system::FileReader& files,
                    system::FileWriter& writer) {
    Probe found = without_trials(store, machine, files);
    const Place scratch =
        store.place(std::string(scratch_prefix) + machine.random_id().substr(0, 8));
    if (const auto made = writer.make_folder(scratch, 0700); !made) {
        found.refusal = refusal_of(made.error());
        return found;
    }
    Trials(scratch, machine, files, writer).run(found);
    if (found.is_writable && found.is_whole) {
        found.small_read = time_to_read(
            {store.place(names::identity), scratch.child("over"), scratch.child("file")},
            machine,
            files);
    }
    remove_forgotten(scratch, files, writer);
    if (auto removed = writer.remove_own_tree(scratch); !removed) {
        return tl::unexpected(
            std::move(removed).error().while_doing("removing the scratch folder of the probe"));
    }
    return found;
}

}  // namespace envkeep::store
