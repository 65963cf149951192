// SPDX-License-Identifier: MIT
//
// How one claim file changes hands without two holders. Nobody may remove a claim by its name: a
// taker that is slow would remove the claim of one that was quicker. So whoever wants to remove a
// claim, its holder at the end or a taker who found it dead or stale, first makes the one file that
// gives the right to it: `takeover-<digest of the claim>.claim`. The digest covers the random id in
// the claim, so a right is good for one claim only and of no use once that is gone. Both files are
// made by link(2) or a rename that never replaces, so each has one maker. A right whose maker died
// is removed by the next taker, who checks what comes out.
#include "envkeep/core/digest.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/fields.hpp"
#include "envkeep/store/lease.hpp"
#include "store/lease_files.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

using system::Place;

constexpr int most_attempts = 100;
constexpr const char* claim_suffix = ".claim";

// What came of trying to make a file that only one may make.
enum class Made { by_us, by_another };

// One process's view of the claim.
class Claimer {
  public:
    Claimer(const Store& store,
            const std::string& name,
            const system::Machine& machine,
            system::FileReader& files,
            system::FileWriter& writer)
        : store_(store), name_(name), machine_(machine), files_(files), writer_(writer) {}

    // Makes the claim, past a dead or stale one; busy if somebody lives who has it.
    Result<void> take(const std::string& content) {
        for (int attempt = 0; attempt < most_attempts; ++attempt) {
            ENVKEEP_TRY(const Made made, make(claim(), content));
            if (made == Made::by_us) {
                return {};
            }
            ENVKEEP_TRY(const auto standing, read_holder_file(claim(), files_));
            if (!standing) {
                continue;
            }
            if (counts(*standing)) {
                return busy(*standing);
            }
            ENVKEEP_CHECK(remove(*standing, content));
        }
        return failure(ErrorKind::busy,
                       "the claim on the store changes hands too fast to be taken",
                       "run the command again");
    }

    // Removes the claim if it is still `standing`; well, too, if it is not.
    Result<void> remove(const HolderFile& standing, const std::string& own_content) {
        const Place right = right_to(standing);
        ENVKEEP_TRY(const Made made, make(right, own_content));
        if (made == Made::by_another) {
            return look_at_rival(right);
        }
        auto removed = remove_file(claim(), standing);
        ENVKEEP_TRY(const auto own, read_holder_file(right, files_));
        if (own && own->content == own_content) {
            ENVKEEP_CHECK(remove_file(right, *own));
        }
        return removed;
    }

    // Writes the claim anew, which renews it; busy if it is not ours any more.
    Result<void> renew(const std::string& content) {
        ENVKEEP_TRY(const auto standing, read_holder_file(claim(), files_));
        if (!standing || standing->content != content) {
            return failure(ErrorKind::busy,
                           "another session has taken over the claim on the store",
                           "this machine did not answer for 5 minutes; run the command again");
        }
        return writer_.write_file(claim(), content, 0644, standing->seen);
    }

    void release(const std::string& content) {
        const auto standing = read_holder_file(claim(), files_).value_or(std::nullopt);
        if (standing && standing->content == content) {
            // What cannot be removed counts no more when this process has ended.
            static_cast<void>(remove(*standing, content).has_value());
        }
    }

  private:
    [[nodiscard]] Place in_leases(std::string_view name) const {
        return store_.place(names::leases).child(name);
    }

    [[nodiscard]] Place claim() const { return in_leases(name_ + claim_suffix); }

    [[nodiscard]] Place right_to(const HolderFile& standing) const {
        return in_leases(fmt::format(
            "{}{}.claim", right_prefix, digest_of(standing.content).text().substr(0, 16)));
    }

    Result<Made> make(const Place& place, const std::string& content) {
        auto written = writer_.write_file(place, content, 0644, std::nullopt);
        if (written) {
            return Made::by_us;
        }
        if (written.error().kind != ErrorKind::already_exists) {
            return tl::unexpected(std::move(written).error().while_doing("claiming the store"));
        }
        // NFS answers so too when a repeated request meets what the first one made.
        ENVKEEP_TRY(const auto standing, read_holder_file(place, files_));
        return standing && standing->content == content ? Made::by_us : Made::by_another;
    }

    // Another process has the right that we want: wait for nothing while it lives.
    Result<void> look_at_rival(const Place& right) {
        ENVKEEP_TRY(const auto rival, read_holder_file(right, files_));
        if (!rival) {
            return {};
        }
        if (counts(*rival)) {
            return busy(*rival);
        }
        return remove_file(right, *rival);
    }

    // Whatever stands there instead of what was seen stays: the writer looks at it again when it
    // has taken it to a name of its own.
    Result<void> remove_file(const Place& place, const HolderFile& standing) {
        auto removed = writer_.remove_file(place, standing.seen);
        if (!removed && removed.error().kind != ErrorKind::not_found &&
            removed.error().kind != ErrorKind::conflict) {
            return tl::unexpected(
                std::move(removed).error().while_doing("taking over the claim on the store"));
        }
        return {};
    }

    bool counts(const HolderFile& standing) {
        const Holder holder = holder_of(standing.json);
        if (is_alive_here(holder, machine_)) {
            return true;
        }
        if (is_dead(holder, machine_)) {
            return false;
        }
        const WallTime now = store_time(store_, machine_, files_, writer_).value_or(machine_.now());
        // A time ahead of the store's clock is not of one who lives: he renews it by that clock.
        return std::chrono::abs(now - standing.seen.modified) <= lease_stale_after;
    }

    tl::unexpected<Error> busy(const HolderFile& standing) {
        const Holder holder = holder_of(standing.json);
        const std::string command = bytes_member(standing.json, "command");
        if (holder.started.empty()) {
            return failure(ErrorKind::busy,
                           fmt::format("somebody is changing this store: {} cannot be read",
                                       quoted(files_.absolute(claim()))),
                           "wait 5 minutes: it counts no more if nobody renews it");
        }
        const bool is_here = is_alive_here(holder, machine_);
        return failure(
            ErrorKind::busy,
            fmt::format("{} is changing this store since {} ({}process {})",
                        quoted("envkeep " + command),
                        printable(holder.started),
                        is_here ? "" : fmt::format("host {}, ", quoted(holder.host)),
                        holder.process.pid),
            is_here ? "wait until it is through"
                    : "wait until it is through; if that machine is gone, its claim counts no more "
                      "5 minutes after its last sign of life");
    }

    const Store& store_;
    const std::string& name_;
    const system::Machine& machine_;
    system::FileReader& files_;
    system::FileWriter& writer_;
};

std::optional<Holder> changer_of(const Store& store, system::FileReader& files) {
    const Place claim = store.place(names::leases).child(changes_claim + std::string(claim_suffix));
    const auto standing = read_holder_file(claim, files).value_or(std::nullopt);
    return standing ? std::optional(holder_of(standing->json)) : std::nullopt;
}

}  // namespace

struct ChangesClaim::Held {
    Store store;
    std::string name;
    std::string content;
    system::ProcessId process;
    SteadyTime tried;  // to renew it
    const system::Machine* machine;
    system::FileReader* files;
    system::FileWriter* writer;

    [[nodiscard]] Claimer claimer() const { return {store, name, *machine, *files, *writer}; }
};

ChangesClaim::ChangesClaim(ChangesClaim&&) noexcept = default;

ChangesClaim& ChangesClaim::operator=(ChangesClaim&& other) noexcept {
    std::swap(held_, other.held_);
    return *this;
}

ChangesClaim::~ChangesClaim() {
    // A forked child that drops its copy leaves the claim to its parent.
    if (held_ && held_->machine->self() == held_->process) {
        held_->claimer().release(held_->content);
    }
}

Result<ChangesClaim> ChangesClaim::take(const Store& store,
                                        const std::string& command,
                                        const system::Machine& machine,
                                        system::FileReader& files,
                                        system::FileWriter& writer,
                                        const std::string& name) {
    if (auto made = writer.make_folders(store.place(names::leases), 0700); !made) {
        return tl::unexpected(std::move(made).error().while_doing("claiming the store"));
    }
    Json json = Json::object();
    json.set("id", json_bytes(machine.random_id()));
    json.set("command", json_bytes(command));
    add_to(json, this_process(machine));
    const std::string content = json.compact() + '\n';
    ENVKEEP_CHECK(Claimer(store, name, machine, files, writer).take(content));
    ChangesClaim claim;
    claim.held_ = std::make_unique<Held>(Held{.store = store,
                                              .name = name,
                                              .content = content,
                                              .process = machine.self(),
                                              .tried = machine.steady_now(),
                                              .machine = &machine,
                                              .files = &files,
                                              .writer = &writer});
    return claim;
}

bool is_changing(const Store& store, const system::Machine& machine, system::FileReader& files) {
    const std::optional<Holder> holder = changer_of(store, files);
    return holder && !is_dead(*holder, machine);
}

bool is_changed_by(const system::ProcessId& process,
                   const Store& store,
                   const system::Machine& machine,
                   system::FileReader& files) {
    const std::optional<Holder> holder = changer_of(store, files);
    return holder && holder->process == process && is_alive_here(*holder, machine);
}

Result<void> ChangesClaim::renew() {
    const SteadyTime now = held_->machine->steady_now();
    if (now - held_->tried < lease_renewal) {
        return {};
    }
    Result<void> renewed = held_->claimer().renew(held_->content);
    if (renewed || renewed.error().kind != ErrorKind::busy) {
        held_->tried = now;
    }
    return renewed;
}

}  // namespace envkeep::store
