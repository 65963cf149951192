// SPDX-License-Identifier: MIT
#include "engine/put_debs_back.hpp"

#include "engine/keep_debs.hpp"
#include "engine/layer_fit.hpp"
#include "engine/layer_place.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/packages/lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

namespace envkeep::engine {
namespace {

using packages::Package;
using system::Command;
using system::CommandEnd;

constexpr std::chrono::minutes longest_run{60};
constexpr std::string_view log_name = "dpkg.log";

Command command_of(std::vector<std::string> words, std::chrono::milliseconds limit) {
    return {.words = std::move(words),
            .environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                            "HOME=/root",
                            "LC_ALL=C.UTF-8",
                            "DEBIAN_FRONTEND=noninteractive"},
            .limit = limit};
}

class Run {
  public:
    Run(const World& world,
        const Session& session,
        snapshot::LayerState state,
        const std::function<bool()>& may_go_on,
        const Listener& listener,
        std::chrono::milliseconds longest_wait)
        : world_(world),
          session_(session),
          state_(std::move(state)),
          may_go_on_(may_go_on),
          listener_(listener),
          longest_wait_(longest_wait) {}

    Result<std::vector<model::Finding>> run() {
        state_.worker = world_.machine.self();
        ENVKEEP_CHECK(snapshot::save_layer_state(session_.home, state_, *world_.writer));
        ENVKEEP_CHECK(find_packages());
        ENVKEEP_TRY(const bool is_free, wait_for_lock());
        if (!is_free) {
            return put_off();
        }
        ENVKEEP_TRY(std::string problem, install());
        std::vector<model::Finding> told;
        if (problem.empty()) {
            mark_automatic();
        } else {
            told.push_back(finding_of(problem));
        }
        state_.debs.clear();
        ENVKEEP_CHECK(snapshot::save_layer_state(session_.home, state_, *world_.writer));
        return told;
    }

  private:
    // The list stays, and nobody is at work on it.
    Result<std::vector<model::Finding>> put_off() {
        state_.worker.reset();
        ENVKEEP_CHECK(snapshot::save_layer_state(session_.home, state_, *world_.writer));
        if (is_told_to_end_) {
            return std::vector<model::Finding>{};
        }
        return std::vector<model::Finding>{
            {.id = "snapshot-debs-wait",
             .severity = model::Severity::warning,
             .subject = "apt",
             .title = fmt::format("{} of the snapshot are still to be put back: another program "
                                  "is using dpkg",
                                  counted(state_.debs.size(), "Debian package")),
             .evidence = {state_.debs.front()},
             .fix = {.commands = {"envkeep restore"}, .text = "once that program has ended"}}};
    }

    // The packages of the snapshot's lock that the names mean.
    Result<void> find_packages() {
        if (!state_.partly) {
            return {};
        }
        const snapshot::Shelf shelf = shelf_of(world_, session_);
        ENVKEEP_TRY(const snapshot::SnapshotList list, snapshot::list_snapshots(shelf));
        ENVKEEP_TRY(const snapshot::Snapshot record,
                    snapshot::find_snapshot(list, state_.partly->snapshot));
        ENVKEEP_TRY(const std::string text, snapshot::load_lock(shelf, record.lock));
        ENVKEEP_TRY(const packages::LockReading lock, packages::parse_lock(text));
        std::ranges::copy_if(
            lock.inventory.packages, std::back_inserter(packages_), [&](const Package& package) {
                return package.domain == packages::Domain::apt &&
                       std::ranges::find(state_.debs, deb_name(package)) != state_.debs.end();
            });
        return {};
    }

    // Why it did not work; empty if it did.
    Result<std::string> install() {
        // Never an older version over a newer, nor the same one again.
        std::vector<std::string> words{"/usr/bin/dpkg",
                                       "--force-confold",
                                       "--force-confdef",
                                       "--refuse-downgrade",
                                       "--skip-same-version",
                                       "--install"};
        const std::vector<std::string> files = paths();
        if (!is_complete(files)) {
            return std::string("they need packages that are not here, or that stand against them");
        }
        words.insert(words.end(), files.begin(), files.end());
        tell(fmt::format("putting {} back", counted(files.size(), "Debian package")));
        return dpkg(std::move(words));
    }

    [[nodiscard]] std::vector<std::string> paths() const {
        std::vector<std::string> paths;
        for (const std::string& name : state_.debs) {
            paths.push_back(world_.files.absolute(debs_of(session_.store).child(name)));
        }
        return paths;
    }

    // dpkg itself notices only when half of it is done; apt looks before, given no source but
    // these.
    [[nodiscard]] bool is_complete(const std::vector<std::string>& files) const {
        std::vector<std::string> words{"/usr/bin/apt-get",
                                       "--simulate",
                                       "--no-install-recommends",
                                       "--no-remove",
                                       "--allow-downgrades",
                                       "--allow-change-held-packages",
                                       "-oDebug::NoLocking=1",
                                       "-oDir::Etc::sourcelist=/dev/null",
                                       "-oDir::Etc::sourceparts=/dev/null",
                                       "install"};
        words.insert(words.end(), files.begin(), files.end());
        const Result<CommandEnd> end =
            world_.processes->run(command_of(std::move(words), std::chrono::minutes(5)));
        return !end || end->is_well();  // without apt it is dpkg that tells
    }

    Result<std::string> dpkg(std::vector<std::string> words) {
        const Result<CommandEnd> end =
            world_.processes->run(command_of(std::move(words), longest_run));
        if (!end) {
            return end.error().message;
        }
        const system::Place folder =
            system::Place{.root = session_.home, .path = {}}.child(store::names::state);
        ENVKEEP_CHECK(world_.writer->overwrite_own_file(folder.child(log_name), end->output, 0600));
        if (end->is_well()) {
            return std::string();
        }
        return end->is_over_time
                   ? std::string("dpkg did not end in an hour")
                   : fmt::format("dpkg failed, see ~/{}/{}", store::names::state, log_name);
    }

    // False if it was not free in time, or we are told to end.
    Result<bool> wait_for_lock() {
        constexpr std::chrono::milliseconds nap{200};
        const SteadyTime until = world_.machine.steady_now() + longest_wait_;
        while (true) {
            if (may_go_on_ && !may_go_on_()) {
                is_told_to_end_ = true;
                return false;
            }
            ENVKEEP_TRY(const bool is_apts,
                        world_.processes->is_locked("/var/lib/dpkg/lock-frontend"));
            ENVKEEP_TRY(const bool is_dpkgs, world_.processes->is_locked("/var/lib/dpkg/lock"));
            if (!is_apts && !is_dpkgs) {
                return true;
            }
            if (world_.machine.steady_now() >= until) {
                return false;
            }
            tell("waiting for dpkg, which another program is using");
            std::this_thread::sleep_for(nap);
        }
    }

    // What nobody asked for goes again with what needs it.
    void mark_automatic() {
        std::vector<std::string> words{"/usr/bin/apt-mark", "auto"};
        for (const Package& package : packages_) {
            if (package.asked == packages::Asked::brought_along) {
                words.push_back(package.name);
            }
        }
        if (words.size() > 2) {
            static_cast<void>(
                world_.processes->run(command_of(std::move(words), std::chrono::minutes(1))));
        }
    }

    model::Finding finding_of(const std::string& problem) {
        constexpr std::string_view install = "apt-get install -y";
        std::string command(install);
        for (const Package& package : packages_) {
            state_.not_here.push_back(
                fmt::format("apt {} {}: {}", package.name, package.version, problem));
            if (package.asked != packages::Asked::brought_along) {
                command += ' ' + shell_quoted(package.name);
            }
        }
        if (command != install) {
            state_.cures.push_back(command);
        }
        return {.id = "snapshot-debs-failed",
                .severity = model::Severity::error,
                .subject = "apt",
                .title = fmt::format("{} of the snapshot could not be put back",
                                     counted(state_.debs.size(), "Debian package")),
                .evidence = {problem},
                .fix = {.commands = {std::move(command)}}};
    }

    void tell(std::string_view phase) const {
        if (listener_.phase) {
            listener_.phase(phase);
        }
    }

    const World& world_;
    const Session& session_;
    snapshot::LayerState state_;
    const std::function<bool()>& may_go_on_;
    const Listener& listener_;
    std::vector<Package> packages_;
    std::chrono::milliseconds longest_wait_;
    bool is_told_to_end_ = false;
};

}  // namespace

Result<std::vector<model::Finding>> put_debs_back(const World& world,
                                                  const Session& session,
                                                  const std::function<bool()>& may_go_on,
                                                  const Listener& listener,
                                                  std::chrono::milliseconds longest_wait) {
    ENVKEEP_TRY(snapshot::LayerState state, layer_state_of(world, session));
    if (state.debs.empty() || world.processes == nullptr) {
        return std::vector<model::Finding>{};
    }
    return Run(world, session, std::move(state), may_go_on, listener, longest_wait).run();
}

}  // namespace envkeep::engine
