// SPDX-License-Identifier: MIT
#include "engine/worker.hpp"

#include "engine/background.hpp"
#include "engine/exports_file.hpp"
#include "engine/notice_file.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/hook.hpp"
#include "envkeep/posix/process.hpp"

#include <fmt/format.h>

namespace envkeep::engine {
namespace {

class Reporter {
  public:
    explicit Reporter(int report_fd) : report_fd_(report_fd) {}

    // Nobody listens any more once the parent has given up: that is no reason to stop.
    void tell(Message message, std::string_view payload) const {
        static_cast<void>(
            posix::send_frame(report_fd_, static_cast<std::uint8_t>(message), payload));
    }

    void tell_end(const RenderedReport& report, Ending ending) const {
        tell(Message::text, report.text);
        tell(Message::json, report.json);
        tell(Message::done, std::to_string(static_cast<int>(ending)));
    }

  private:
    int report_fd_;
};

bool is_switched_off(const World& world, const store::StoreChoice& choice) {
    const std::string path =
        fmt::format("{}/{}/{}", choice.base, store::names::folder, store::names::off_switch);
    const Result<system::Status> there = world.files.follow(path);
    return there && there->kind != system::Kind::absent;
}

// The exports of the last good start go out before anything can fail.
Result<bool> begin(const World& world, const Options& options, const Reporter& reporter) {
    ENVKEEP_TRY(const store::StoreChoice choice,
                store::choose_store(options.store, world.own_binary, world.machine, world.files));
    if (is_switched_off(world, choice)) {
        return false;
    }
    ENVKEEP_TRY(const store::Store store, store::open_store(choice, world.machine, world.files));
    reporter.tell(Message::exports, last_good_exports(world, store));
    return true;
}

bool has_live_background(const World& world, const Session& session) {
    return session.state && session.state->background &&
           world.machine.is_alive(*session.state->background);
}

// The stamp by which `status` knows that the start line ran here.
Result<void> stamp(const World& world, Session& session) {
    store::SessionState& state = state_of(session);
    state.hook_ran_at = utc_text(world.machine.now());
    if (!has_live_background(world, session)) {
        state.background = world.machine.self();
    }
    return commit_state(world, session);
}

// The last 20 reports stay in the store; the newest is also where `status` and the notice look.
void file_report(const World& world, const Session& session, const RenderedReport& report) {
    static_cast<void>(write_notice(world, session.home, report.notice));
    static_cast<void>(install_notice(world, session.home_path));
    if (session.store.is_read_only) {
        return;
    }
    constexpr std::size_t kept = 20;
    const system::Place folder = session.store.place(store::names::reports);
    const std::string name =
        fmt::format("start-{}-{}.json", utc_text(world.machine.now()), world.machine.random_id());
    static_cast<void>(
        world.writer->overwrite_own_file(folder.child(name), report.json + "\n", 0600));
    const Result<std::vector<system::Entry>> entries = world.files.list(folder);
    if (!entries) {
        return;
    }
    std::vector<std::string> reports;
    for (const system::Entry& entry : *entries) {
        if (entry.kind == system::Kind::file && entry.name.starts_with("start-")) {
            reports.push_back(entry.name);
        }
    }
    for (std::size_t i = 0; i + kept < reports.size(); ++i) {
        const Result<system::Status> old = world.files.status(folder.child(reports[i]));
        if (old) {
            static_cast<void>(world.writer->remove_file(folder.child(reports[i]), *old));
        }
    }
}

void tell_exports(const World& world, const Session& session, const Reporter& reporter) {
    if (!session.problems.empty()) {
        return;  // those of the last good start stand
    }
    const std::string exports = exports_of(world, session);
    reporter.tell(Message::exports, exports);
    // What cannot be kept is missing only to a later start with a broken manifest.
    static_cast<void>(keep_exports(world, session.store, exports));
}

}  // namespace

int run_worker(int report_fd,
               const Options& options,
               const MakeWorld& make_world,
               const RenderReport& render,
               const std::function<bool()>& may_go_on) {
    const Reporter reporter(report_fd);
    bool goes_on = false;
    {
        const World world = make_world();
        const Result<bool> is_on = begin(world, options, reporter);
        if (is_on && !*is_on) {
            reporter.tell_end({.text = "envkeep: switched off by the file 'off' in the store\n"},
                              Ending::well);
            return 0;
        }
        Result<Session> session =
            is_on ? open_session(world, options) : Result<Session>(tl::unexpected(is_on.error()));
        if (!session) {
            reporter.tell_end(render(tl::unexpected(session.error())), Ending::no_store);
            return 0;
        }
        reporter.tell(Message::limit, std::to_string(session->manifest.start_limit.count()));
        tell_exports(world, *session, reporter);
        goes_on = !has_live_background(world, *session);
        const Result<RestoreReport> report =
            restore(world, *session, {.look = {.is_start = true}, .may_go_on = may_go_on}, {});
        const Result<void> stamped = stamp(world, *session);
        goes_on = goes_on && stamped.has_value();
        const RenderedReport rendered = render(report);
        reporter.tell_end(rendered, report ? report->ending : Ending::partly);
        file_report(world, *session, rendered);
    }
    return goes_on ? run_background(options, make_world) : 0;
}

}  // namespace envkeep::engine
