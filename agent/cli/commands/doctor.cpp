// SPDX-License-Identifier: MIT
#include "envkeep/engine/doctor.hpp"

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/pasteable.hpp"
#include "cli/render_cures.hpp"
#include "cli/render_doctor.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/reply.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::cli {
namespace {

constexpr std::array doctor_flags{
    Flag{.name = "--probe", .help = "also ask the driver's NVML, in a process of its own"},
    Flag{.name = "--deep",
         .help = "also run a kernel on each card, look for Pythons everywhere, ask git's hosts"},
    Flag{.name = "--fix",
         .help = "show those cures that are safe and carry them out; 'undo' takes them back"},
    Flag{.name = "--facts", .help = "also what the machine says of itself, from which all follows"},
    Flag{.name = "--capture",
         .value = "FILE",
         .help = "keep what was looked at as a tar file, for --root elsewhere",
         .kind = ValueKind::file},
};

constexpr std::array doctor_examples{
    Example{"envkeep doctor", "one cause, and the command that cures it"},
    Example{"envkeep doctor --deep", "proves that the cards compute, or what keeps them from it"},
    Example{"envkeep doctor --fix", "move stale kernelspecs aside, renew the loader's cache, ..."},
    Example{"envkeep doctor --facts --json", "all that was found, to send to somebody"},
    Example{"envkeep doctor --deep --no-network", "the same without asking the hosts of git"},
    Example{"envkeep doctor --capture gpu.tar", "all that was looked at, to be examined elsewhere"},
};

constexpr std::array doctor_exits{
    ExitUse{0, "nothing is broken, or this machine has no GPU"},
    ExitUse{1, "something beside the GPU is broken or wants a look, such as ssh"},
    ExitUse{2, "wrong use"},
    ExitUse{3, "a repair of --fix failed, or the capture could not be written"},
    ExitUse{4, "with --fix: the store is missing, empty or another one"},
    ExitUse{5, "with --fix: another session is changing the store"},
    ExitUse{8, "the GPU does not work"},
};

std::string data_text(const engine::DoctorReport& report) {
    return fmt::format("compatibility data: of {}, {}\n",
                       report.data,
                       report.data_file.empty()
                           ? "the program's own"
                           : printable(pasteable(report.data_file, report.home)));
}

std::string capture_text(const engine::DoctorReport& report) {
    return fmt::format(
        "captured what was looked at: {} ({})\n"
        "  It names folders, packages and programs of yours, and your home. Look at it before you\n"
        "  send it: tar -tf FILE\n"
        "  Elsewhere: mkdir m && tar -xf FILE -C m && envkeep doctor --root m\n",
        printable(pasteable(report.capture, report.home)),
        human_size(report.capture_bytes));
}

// How deep the driver is asked; none: not at all.
std::optional<gpu::ProbeDepth> depth_of(const Arguments& arguments) {
    if (arguments.has("--deep")) {
        return gpu::ProbeDepth::compute;
    }
    return arguments.has("--probe") ? std::optional(gpu::ProbeDepth::nvml) : std::nullopt;
}

Reply reply_of(const Arguments& arguments, const Context& context, engine::DoctorReport report) {
    const std::string& home = report.home;
    report.diagnosis.findings = pasteable_findings(std::move(report.diagnosis.findings), home);
    Reply reply{.ending = report.ending, .findings = report.diagnosis.findings};
    if (any_host_failed(report)) {
        reply.ending = std::max(reply.ending, engine::Ending::findings);
    }
    const bool wants_facts = arguments.has("--facts") || context.is_verbose();
    const Json facts = wants_facts ? pasteable_json(json_of(report.facts), home) : Json();
    if (context.wants_json()) {
        reply.members.set("cards", json_of(report.cards));
        reply.members.set("highest_cuda", report.highest_cuda);
        reply.members.set("broken", stages_json(report.diagnosis.broken));
        reply.members.set("hosts", pasteable_json(hosts_json(report.hosts), home));
        reply.members.set("data",
                          Json()
                              .set("compiled", report.data)
                              .set("file",
                                   report.data_file.empty()
                                       ? Json()
                                       : Json(pasteable(json_bytes(report.data_file), home))));
        if (wants_facts) {
            reply.members.set("facts", facts);
        }
        if (!report.not_probed.empty()) {
            reply.members.set("not_probed", pasteable(report.not_probed, home));
        }
        if (!report.capture.empty()) {
            reply.members.set("capture", pasteable(json_bytes(report.capture), home));
        }
        reply.members.set("timings", json_of(report.timings));
        return reply;
    }
    reply.text = doctor_text(report, context.view(home));
    if (wants_facts) {
        reply.text += facts_text(facts) + data_text(report);
    }
    if (!report.capture.empty()) {
        reply.text += capture_text(report);
    }
    return reply;
}

// Those who are asked tell more than files.
void look_at_hosts(const Arguments& arguments,
                   Context& context,
                   const engine::World& world,
                   const engine::Options& options,
                   engine::DoctorReport& report) {
    if (arguments.has("--deep") && !options.no_network) {
        engine::check_hosts(world, options, context.make_world(), context.listener(), report);
    } else {
        engine::look_at_hosts(world, options, report);
    }
}

// Before any of it is done; standard output is a program's with --json.
void show_first(const std::vector<engine::Cure>& cures, const std::string& home, Context& context) {
    if (context.wants_json()) {
        View view = context.error_view();
        view.home = home;
        context.outside().err.write(coming_cures_text(cures, view));
    } else {
        context.outside().out.write(coming_cures_text(cures, context.view(home)));
    }
}

Result<Reply> fix(const Arguments& arguments,
                  Context& context,
                  const engine::World& world,
                  const engine::Options& options,
                  const engine::DoctorOptions& wishes) {
    // What is broken is what somebody is to examine; and if it cannot be written nothing is done
    // yet.
    ENVKEEP_TRY(const engine::DoctorReport before,
                engine::examine(world, options, {.capture = wishes.capture}));
    std::vector<engine::Cure> cures = engine::cures_of(before.diagnosis.findings);
    show_first(cures, before.home, context);
    ENVKEEP_TRY(const engine::CureReport report,
                engine::cure(world, options, std::move(cures), context.listener()));
    ENVKEEP_TRY(engine::DoctorReport after,
                engine::examine(world, options, {.probe = wishes.probe}));
    look_at_hosts(arguments, context, world, options, after);
    after.capture = before.capture;
    after.capture_bytes = before.capture_bytes;
    Reply reply = reply_of(arguments, context, after);
    const View view = context.view(after.home);
    reply.ending = std::max(report.ending, reply.ending);
    reply.findings = merged({report.findings, std::move(reply.findings)});
    if (context.wants_json()) {
        reply.members.set("run", report.run);
        reply.members.set("repairs", cures_json(report.cures, after.home));
    } else {
        reply.text = cures_text(report, after.diagnosis.findings, view) +
                     findings_text(report.findings, view) + reply.text;
    }
    return reply;
}

Result<Reply> run_doctor(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(const engine::Options options, context.options());
    ENVKEEP_TRY(const engine::World world, context.world());
    engine::DoctorOptions wishes{.probe = depth_of(arguments)};
    if (arguments.has("--capture")) {
        ENVKEEP_TRY(wishes.capture, context.absolute_path(arguments.value("--capture")));
    }
    if (arguments.has("--fix")) {
        return fix(arguments, context, world, options, wishes);
    }
    ENVKEEP_TRY(engine::DoctorReport report, engine::examine(world, options, wishes));
    look_at_hosts(arguments, context, world, options, report);
    return reply_of(arguments, context, std::move(report));
}

}  // namespace

constinit const Command doctor_command{
    .name = "doctor",
    .summary = "say why the GPU, ssh or git does not work, and what cures it",
    .details =
        "Reads files alone, unless --probe or --deep is given: neither Python "
        "nor the driver is started, so that a broken driver cannot hang it. It follows the path of "
        "a CUDA call from "
        "the card to the notebook's "
        "process and names the first thing that is broken; what comes after is told as seen "
        "besides. The environment that counts is that of the running notebook, where there is "
        "one. With --deep the hosts of 'dotfiles:' and 'repos:' are asked too whether they answer "
        "and "
        "accept your key or token, ten seconds at most; with --no-network they are not. "
        "With --root it examines a machine that was captured, as --capture does it: the "
        "tar file has what was looked at, without secrets.",
    .flags = doctor_flags,
    .examples = doctor_examples,
    .exits = doctor_exits,
    .works_with_root = true,
    .run = run_doctor};

}  // namespace envkeep::cli
