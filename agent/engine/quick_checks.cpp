// SPDX-License-Identifier: MIT
#include "engine/quick_checks.hpp"

#include "engine/finding_json.hpp"
#include "engine/notebook_notice.hpp"
#include "envkeep/gpu/wishes.hpp"
#include "envkeep/store/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace envkeep::engine {
namespace {

using model::Finding;
using model::Severity;
using std::chrono::milliseconds;

constexpr std::uint8_t report_type = 1;
constexpr std::string_view not_looked_at_id = "gpu-not-looked-at";
// Of the background process.
constexpr milliseconds later_patience{8000};

// What depends on the notebook's Python. Of the machine are the faults before it, and resources.
bool is_of_python(const Finding& finding) {
    const gpu::Fault* const fault = gpu::find_fault(finding.id);
    return fault == nullptr
               ? finding.id == "gpu-framework-missing" || finding.id == "gpu-changed"
               : fault->stage >= gpu::Stage::framework && fault->stage < gpu::Stage::resources;
}

bool is_error(const Finding& finding) {
    return finding.severity == Severity::error;
}

// From the process beside to the start.
std::string report_text(const World& world, const DoctorReport& report) {
    Json findings = Json::array();
    for (const Finding& finding : report.diagnosis.findings) {
        findings.add(to_json(finding));
    }
    return Json()
        .set("gpu_broken", report.ending == Ending::gpu)
        .set("findings", std::move(findings))
        .set("now", to_json(as_it_is(world, report)))
        .compact();
}

struct Told {
    std::vector<Finding> findings;
    bool is_gpu_broken = false;  // else it is at most what uses it
    GoodSession now;
};

std::optional<Told> parse(const std::string& text) {
    const Result<Json> json = Json::parse(text);
    const Json* const findings = json ? json->find("findings") : nullptr;
    const Json* const now = json ? json->find("now") : nullptr;
    if (findings == nullptr || findings->as_array() == nullptr || now == nullptr) {
        return std::nullopt;
    }
    Told told{.is_gpu_broken = json->flag_or("gpu_broken", true), .now = good_session_of(*now)};
    for (const Json& finding : *findings->as_array()) {
        told.findings.push_back(finding_of(finding));
    }
    return told;
}

GpuAtStart not_looked_at(std::string why) {
    return {.findings = {{.id = std::string(not_looked_at_id),
                          .severity = Severity::info,
                          .subject = "gpu",
                          .title = "the start did not wait for its look at the GPU",
                          .evidence = {std::move(why)},
                          .fix = {.commands = {"envkeep doctor"}, .text = {}}}}};
}

GpuAtStart at_start(Told told) {
    const bool is_broken = std::ranges::any_of(told.findings, is_error);
    const Ending broken = told.is_gpu_broken ? Ending::gpu : Ending::findings;
    return {.ending = is_broken ? broken : Ending::well, .findings = std::move(told.findings)};
}

}  // namespace

QuickChecks::QuickChecks(const World& world,
                         const Session& session,
                         const MakeWorld& make_world,
                         milliseconds patience)
    : world_(world),
      session_(session),
      make_world_(make_world),
      patience_(patience),
      is_wanted_([&] {
          const auto expect = session.manifest.gpu ? session.manifest.gpu->expect
                                                   : manifest::GpuExpectation::optional;
          return world.inspector != nullptr && expect != manifest::GpuExpectation::none &&
                 (expect == manifest::GpuExpectation::required ||
                  gpu::may_have_gpu(*world.inspector));
      }()) {
    begin();
}

QuickChecks::~QuickChecks() {
    constexpr milliseconds to_die{50};
    end();
    const SteadyTime last = std::chrono::steady_clock::now() + to_die;
    for (const posix::Worker& process : ended_) {
        static_cast<void>(posix::wait_for_worker(process, last));
    }
}

void QuickChecks::begin() {
    if (!is_wanted_) {
        return;
    }
    began_ = std::chrono::steady_clock::now();
    const auto look = [&](int report_fd) {
        const World world = make_world_();
        const Result<DoctorReport> report = examine(world, context_of(session_));
        return report && posix::send_frame(report_fd, report_type, report_text(world, *report)) ? 0
                                                                                                : 1;
    };
    Result<posix::Worker> process = posix::start_worker(look, posix::Lifetime::of_parent);
    if (process) {
        process_ = *std::move(process);
    }
}

void QuickChecks::begin_again() {
    end();
    begin();
}

// One that hangs in the kernel ends when the kernel lets it.
void QuickChecks::end() {
    if (!process_) {
        return;
    }
    if (const auto process = posix::process_with(process_->pid)) {
        static_cast<void>(posix::end_process(*process, posix::Ending::at_once));
    }
    ended_.push_back(*std::move(process_));
    process_.reset();
}

posix::Received QuickChecks::receive(const std::function<bool()>& may_wait) const {
    constexpr milliseconds nap{100};
    posix::FrameReader reports(process_->reports.get());
    const SteadyTime last = began_ + patience_;
    while (true) {
        const SteadyTime until =
            may_wait ? std::min(last, std::chrono::steady_clock::now() + nap) : last;
        posix::Received received = reports.next(until);
        if (!std::holds_alternative<posix::DeadlinePassed>(received) || until == last ||
            !may_wait()) {
            return received;
        }
    }
}

std::optional<GpuAtStart> QuickChecks::result(bool knows_python,
                                              const std::function<bool()>& may_wait) {
    if (!is_wanted_) {
        return std::nullopt;
    }
    if (!process_) {
        return not_looked_at("no process could be started for it");
    }
    const posix::Received received = receive(may_wait);
    end();
    if (std::holds_alternative<posix::DeadlinePassed>(received)) {
        return not_looked_at(fmt::format("it took more than {} ms", patience_.count()));
    }
    const auto* const frame = std::get_if<posix::Frame>(&received);
    std::optional<Told> told = frame == nullptr ? std::nullopt : parse(frame->payload);
    if (!told) {
        return not_looked_at("its process ended before it was done");
    }
    if (!knows_python) {
        std::erase_if(told->findings, is_of_python);
    } else if (std::ranges::none_of(told->findings, is_error)) {
        // What cannot be written is missing only to a comparison.
        static_cast<void>(remember_good_session(world_, session_, told->now));
    }
    return at_start(*std::move(told));
}

bool is_open(const std::optional<GpuAtStart>& gpu) {
    return gpu &&
           std::ranges::find(gpu->findings, not_looked_at_id, &Finding::id) != gpu->findings.end();
}

void look_at_gpu_later(const Options& options,
                       const MakeWorld& make_world,
                       const std::string& store_id,
                       const RenderReport& render,
                       const std::function<bool()>& may_go_on) {
    const World world = make_world();
    const Result<Session> session = open_session(world, options);
    if (!session || session->store.id != store_id) {
        return;
    }
    QuickChecks checks(world, *session, make_world, later_patience);
    RestoreReport report;
    report.gpu = checks.result(true, may_go_on);
    const RenderedReport rendered = render(report);
    bool is_news = false;
    // What cannot be written is there in 'envkeep doctor' all the same.
    change_notice(world, session->home, [&](const std::string& told) {
        is_news =
            !rendered.gpu_notice.empty() && told.find(rendered.gpu_notice) == std::string::npos;
        return is_news ? std::optional(told + rendered.gpu_notice) : std::nullopt;
    });
    if (is_news && session->manifest.gpu && session->manifest.gpu->notebook_notice) {
        static_cast<void>(write_gpu_notice(world, session->home, rendered.gpu_notice));
    }
}

}  // namespace envkeep::engine
