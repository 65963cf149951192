// SPDX-License-Identifier: MIT
#include "engine/worker.hpp"

#include "engine/background.hpp"
#include "engine/copies_at_start.hpp"
#include "engine/exports_file.hpp"
#include "engine/layer_progress.hpp"
#include "engine/notebook_notice.hpp"
#include "engine/one_background.hpp"
#include "engine/packed_keeps.hpp"
#include "engine/quick_checks.hpp"
#include "engine/ready_store.hpp"
#include "engine/start_note.hpp"
#include "engine/start_reports.hpp"
#include "engine/start_steps.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/hook.hpp"
#include "envkeep/posix/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

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

// The store that was found, or what says that nothing is to be done.
struct Begun {
    std::string off;
    std::string store_base;
    std::optional<store::Store> store;
};

// For a store whose mount comes late.
void wait_for_mount(const World& world, const store::StoreChoice& choice) {
    constexpr std::chrono::seconds most{5};
    constexpr std::chrono::milliseconds nap{50};
    const SteadyTime until = world.machine.steady_now() + most;
    while (store::awaits_mount(choice, world.machine, world.files) &&
           world.machine.steady_now() < until) {
        std::this_thread::sleep_for(nap);
    }
}

// The exports of the last good start go out before anything can fail.
Result<void> begin(const World& world,
                   const Options& options,
                   const Reporter& reporter,
                   Begun& begun) {
    ENVKEEP_TRY(const store::StoreChoice choice,
                store::choose_store(options.store, world.own_binary, world.machine, world.files));
    begun.store_base = choice.base;
    wait_for_mount(world, choice);
    begun.off = switched_off_by(world, choice.base);
    if (begun.off.empty()) {
        ENVKEEP_TRY(begun.store, store::open_store(choice, world.machine, world.files));
        reporter.tell(Message::exports, last_good_exports(world, *begun.store));
    }
    return {};
}

// The hook always names the store, which therefore says nothing about what the user means.
Result<Session> open_at_start(const World& world, const Options& options) {
    ENVKEEP_TRY(Session session, open_session(world, options));
    ENVKEEP_CHECK(check_is_same_store(session));
    return session;
}

// The stamp by which `status` knows that the start line ran here.
Result<void> stamp(const World& world, Session& session) {
    store::SessionState& state = state_of(session);
    state.hook_ran_at = utc_text(world.machine.now());
    // Where no claim could be written it is this process.
    state.background = live_background(world, session).value_or(world.machine.self());
    return commit_state(world, session);
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

// When the start line ran.
struct StartTime {
    SteadyTime steady{};
    WallTime wall{};
};

// What the end of a start takes, once its work is done.
constexpr std::chrono::milliseconds to_tell_it{1000};

// What a snapshot holds, as far as there is time for it before the shell wants its answer.
void bring_layer(const World& world, Session& session, StartTime began, RestoreReport& report) {
    constexpr std::chrono::milliseconds most{10'000};
    if (world.trees == nullptr) {
        return;
    }
    const auto limit = std::min(session.manifest.start_limit - to_tell_it, most);
    Result<LayerRestoreReport> layer =
        begin_layer(world, session, began.wall).and_then([&]() -> Result<LayerRestoreReport> {
            return restore_layer(
                world, session, {.is_start = true, .until = began.steady + limit}, {});
        });
    if (!layer) {
        report.findings.push_back(not_brought_back(world, session, layer.error()));
        report.ending = Ending::partly;
        return;
    }
    for (const model::Finding& finding : layer->findings) {
        report.findings.push_back(finding);
    }
    if (report.ending == Ending::well) {
        report.ending = layer->ending;
    }
    report.layer = *std::move(layer);
}

class Start {
  public:
    Start(const World& world,
          const Options& options,
          const MakeWorld& make_world,
          const Reporter& reporter,
          const RenderReport& render,
          std::optional<CopiesAtStart>& copies)
        : world_(world),
          options_(options),
          make_world_(make_world),
          reporter_(reporter),
          render_(render),
          copies_(copies),
          began_{.steady = world.machine.steady_now(), .wall = world.machine.now()},
          note_(note_start(world, options)) {}

    // True if this process goes on as the session's background process.
    bool run(const std::function<bool()>& may_go_on) {
        const Result<void> is_begun = begin(world_, options_, reporter_, begun_);
        if (!is_begun) {
            return end_without_work(is_begun.error());
        }
        if (!begun_.off.empty()) {
            return end_switched_off();
        }
        Result<Session> session = open_at_start(world_, options_);
        return session ? work(*session, may_go_on) : end_without_work(session.error());
    }

    // What a start found of the GPU is not all that there is to be found.
    [[nodiscard]] bool is_gpu_open() const { return is_gpu_open_; }

  private:
    bool work(Session& session, const std::function<bool()>& may_go_on) {
        reporter_.tell(Message::limit, std::to_string(session.manifest.start_limit.count()));
        tell_exports(world_, session, reporter_);
        // Before the work: starts at the same moment are not to go on all of them.
        const bool goes_on = claim_background(world_, session);
        if (has_packed(session.manifest) && world_.trees != nullptr) {
            // What is brought from the store by copy is the session's: a snapshot takes it.
            install_notice_once();
            static_cast<void>(begin_layer(world_, session, began_.wall));
        }
        StartSteps steps(world_, session);
        Result<RestoreReport> report = restore_links(session, may_go_on, steps);
        // To its end: while it waits for processes to end the hook has its answer.
        std::optional<QuickChecks> checks;
        if (report) {
            // What envkeep itself puts into /etc is no part of what the session changed.
            install_notice_once();
            notice_in_notebooks(session, *report);
            // Not earlier: kept Pythons and kernelspecs are reached through the links.
            checks.emplace(world_, session, make_world_);
            if (world_.network != nullptr && has_copies(session.manifest) &&
                steps.left_out() != copies_step) {
                copies_.emplace(options_, session, make_world_);
            }
            if (steps.begin(snapshot_step)) {
                bring_layer(world_, session, began_, *report);
            }
            const bool is_whole = !report->layer || report->layer->is_whole;
            if (is_whole && report->layer && report->layer->files + report->layer->removed > 0) {
                checks->begin_again();
            }
            if (copies_) {
                static_cast<void>(steps.begin(copies_step));
                finish_copies(session, may_go_on, *report);
            }
            // Last, so that it holds up nothing: all else is done.
            report->gpu = checks->result(is_whole);
            is_gpu_open_ = !is_whole || is_open(report->gpu);
            report->ending =
                std::max(report->ending, report->gpu ? report->gpu->ending : Ending::well);
        }
        const Result<void> stamped = stamp(world_, session);
        RenderedReport rendered = render_(report);
        if (!report) {
            note_problem(world_, note_, report.error().message, rendered.notice);
        } else if (report->layer && !report->layer->is_whole) {
            rendered.notice += rendered.notice.empty() ? "" : "\n";
            rendered.notice += coming_notice("packages of the snapshot are coming back");
        }
        reporter_.tell_end(rendered, report ? report->ending : Ending::partly);
        file(rendered);
        steps.end();
        if (wants_notebook_notice(session)) {
            static_cast<void>(write_gpu_notice(world_, session.home, rendered.gpu_notice));
        }
        return goes_on && stamped.has_value();
    }

    // Their share of the start's limit; what is not through by then goes on in the background.
    void finish_copies(Session& session,
                       const std::function<bool()>& may_go_on,
                       RestoreReport& report) {
        constexpr std::chrono::milliseconds share{3000};
        const SteadyTime now = world_.machine.steady_now();
        const SteadyTime last = began_.steady + session.manifest.start_limit - to_tell_it;
        copies_->finish(world_, session, std::min(now + share, last), may_go_on, report);
    }

    Result<RestoreReport> restore_links(Session& session,
                                        const std::function<bool()>& may_go_on,
                                        StartSteps& steps) {
        if (!steps.begin(comparing_step)) {
            return failure(ErrorKind::io,
                           "nothing was done: the last two starts were killed while they compared "
                           "home and store",
                           "'envkeep restore' does it by hand");
        }
        ENVKEEP_TRY(RestoreReport report,
                    restore(world_,
                            session,
                            {.look = {.is_start = true},
                             .may_go_on = may_go_on,
                             .patience = session.manifest.start_limit / 3,
                             .is_left_out =
                                 [&](const model::Step& step) {
                                     return start_step_of(step) == steps.left_out();
                                 }},
                            {.begins = [&](const model::Step& step) {
                                static_cast<void>(steps.begin(start_step_of(step)));
                            }}));
        if (std::optional<model::Finding> finding = steps.finding()) {
            report.findings.push_back(*std::move(finding));
            report.ending = std::max(report.ending, Ending::partly);
        }
        return report;
    }

    static bool wants_notebook_notice(const Session& session) {
        return session.manifest.gpu && session.manifest.gpu->notebook_notice;
    }

    // Before the session's own changes begin: no part of a snapshot.
    void notice_in_notebooks(const Session& session, RestoreReport& report) const {
        const Result<void> kept =
            keep_notebook_notice(world_, session, wants_notebook_notice(session));
        if (!kept) {
            report.findings.push_back({.id = "notebook-notice-not-written",
                                       .severity = model::Severity::info,
                                       .subject = "gpu",
                                       .title =
                                           "the notice for notebooks could not be put in place "
                                           "or taken away",
                                       .evidence = {kept.error().message},
                                       .fix = {.text = kept.error().hint}});
        }
    }

    void install_notice_once() const {
        if (note_) {
            static_cast<void>(install_notice(world_, note_->home_path));
        }
    }

    // The note goes first: it is all that there is where the store then hangs.
    bool end_without_work(const Error& error) {
        const RenderedReport rendered = render_(tl::unexpected(error));
        note_problem(world_, note_, error.message, rendered.notice);
        reporter_.tell_end(rendered, Ending::no_store);
        file(rendered);
        return false;
    }

    bool end_switched_off() {
        RestoreReport report;
        report.findings.push_back(switched_off_finding(begun_.off, begun_.store_base));
        const RenderedReport rendered = render_(report);
        note_problem(world_,
                     note_,
                     "it is switched off: " + begun_.off,
                     fmt::format("envkeep: the start is switched off: {}", printable(begun_.off)));
        reporter_.tell_end(rendered, Ending::well);
        return false;
    }

    // What `status` and the first terminal show, and the report in the store.
    void file(const RenderedReport& rendered) {
        if (note_) {
            static_cast<void>(write_notice(world_, note_->home, rendered.notice));
            install_notice_once();
        }
        if (begun_.store) {
            file_report(world_, options_, *begun_.store, rendered);
        }
    }

    const World& world_;
    const Options& options_;
    const MakeWorld& make_world_;
    const Reporter& reporter_;
    const RenderReport& render_;
    std::optional<CopiesAtStart>& copies_;
    StartTime began_;
    std::optional<StartNote> note_;
    Begun begun_;
    bool is_gpu_open_ = false;
};

}  // namespace

int run_worker(int report_fd,
               const Options& options,
               const MakeWorld& make_world,
               const RenderReport& render,
               const std::function<bool()>& may_go_on) {
    const Reporter reporter(report_fd);
    bool goes_on = false;
    bool is_gpu_open = false;
    std::optional<CopiesAtStart> copies;
    {
        const World world = make_world();
        Start start(world, options, make_world, reporter, render, copies);
        goes_on = start.run(may_go_on);
        is_gpu_open = start.is_gpu_open();
    }
    if (!goes_on) {
        if (copies) {
            copies->wait_to_the_end();
            static_cast<void>(copies->settle(make_world(), options));
        }
        return 0;
    }
    return run_background(options,
                          make_world,
                          is_gpu_open ? std::optional<RenderReport>(render) : std::nullopt,
                          copies);
}

}  // namespace envkeep::engine
