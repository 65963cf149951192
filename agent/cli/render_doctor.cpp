// SPDX-License-Identifier: MIT
#include "cli/render_doctor.hpp"

#include "cli/pasteable.hpp"
#include "cli/render_cures.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_probe.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace envkeep::cli {
namespace {

using gpu::Stage;
using model::Finding;
using model::Severity;

bool has_finding(const engine::DoctorReport& report, std::string_view id) {
    const std::vector<Finding>& findings = report.diagnosis.findings;
    return std::ranges::find(findings, id, &Finding::id) != findings.end();
}

std::string verdict_line(const engine::DoctorReport& report, const View& view) {
    if (report.ending == engine::Ending::gpu) {
        return view.painted(Tone::error, "the GPU does not work here");
    }
    if (!report.diagnosis.broken.empty()) {
        return has_finding(report, "pci-no-gpu")
                   ? "this machine has no GPU, and " +
                         view.painted(Tone::error, "the notebook is broken")
                   : "the GPU is well as far as files tell, but " +
                         view.painted(Tone::error, "the notebook cannot use it");
    }
    if (has_finding(report, "pci-no-gpu")) {
        return "this machine has no GPU";
    }
    if (has_finding(report, "gpu-not-expected")) {
        return "the GPU does not work here, and the manifest expects none";
    }
    const bool is_unwanted =
        std::ranges::any_of(report.diagnosis.findings, [](const Finding& finding) {
            return finding.subject == "gpu" && finding.severity == Severity::error;
        });
    if (is_unwanted) {
        return "the GPU is well as far as files tell, but " +
               view.painted(Tone::error, "not as the manifest wants it");
    }
    if (report.ending == engine::Ending::findings) {
        return view.painted(Tone::warning, "nothing is broken") + ", but something wants a look";
    }
    return view.painted(Tone::good, "all is well") + " between the card and the notebook";
}

std::string hosts_verdict(const engine::DoctorReport& report, const View& view) {
    const auto failed = std::ranges::count(report.hosts, std::string(), &git::CopyReport::answer);
    return failed == 0
               ? std::string()
               : ", but " + view.painted(Tone::error,
                                         fmt::format("{} of {} cannot be used",
                                                     failed,
                                                     counted(report.hosts.size(), "git host")));
}

// What a stage was found to be.
std::string of_driver(const engine::DoctorReport& report) {
    const auto driver = report.facts.driver.version();
    if (!driver) {
        return {};
    }
    return fmt::format("{}, {}",
                       driver->text(),
                       report.highest_cuda.empty()
                           ? "newer than this program's data"
                           : "gives CUDA " + report.highest_cuda + " at most");
}

std::string of_nodes(const gpu::NodeFacts& nodes) {
    std::vector<std::string_view> paths;
    for (const auto* const node : {&nodes.control, &nodes.uvm}) {
        if (*node) {
            paths.emplace_back((*node)->path);
        }
    }
    for (const gpu::DeviceNode& node : nodes.cards) {
        paths.emplace_back(node.path);
    }
    return fmt::format("{}", fmt::join(paths, " "));
}

std::string of_variables(const gpu::NotebookProcess& notebook) {
    return notebook.pid == 0
               ? std::string("of this shell: no notebook runs")
               : fmt::format("of the notebook's {}, process {}", notebook.what, notebook.pid);
}

const gpu::NotebookPython* first_notebook(const gpu::Facts& facts) {
    return facts.python.notebooks.empty() ? nullptr : &facts.python.notebooks.front();
}

// "torch 2.4.1+cu121, numpy 1.26.4"; of those that are there.
std::string versions_of(const gpu::NotebookPython& notebook,
                        std::initializer_list<std::string_view> names) {
    std::vector<std::string> all;
    for (const std::string_view name : names) {
        if (const gpu::Framework* const one = notebook.framework(name)) {
            all.push_back(fmt::format("{} {}", name, one->version));
        }
    }
    return fmt::format("{}", fmt::join(all, ", "));
}

std::string of_frameworks(const gpu::Facts& facts) {
    const gpu::NotebookPython* const notebook = first_notebook(facts);
    if (notebook == nullptr) {
        return "no Python is here";
    }
    const std::string versions = versions_of(*notebook, {"torch", "tensorflow", "jax"});
    const std::string& version = notebook->environment.version;
    return fmt::format("{} in {}{}",
                       versions.empty() ? "none" : versions,
                       version.empty() ? "" : "Python " + version + ", ",
                       notebook->environment.program);
}

std::string of_build(const gpu::Facts& facts) {
    const gpu::NotebookPython* const notebook = first_notebook(facts);
    for (const std::string_view name : {"torch", "tensorflow"}) {
        const gpu::Framework* const one = notebook == nullptr ? nullptr : notebook->framework(name);
        if (one != nullptr && one->has_cuda) {
            return one->cuda.empty() ? "without CUDA" : "for CUDA " + one->cuda;
        }
    }
    return {};
}

// "cuDNN 9.1.0, NCCL 2.20.5": what the first framework loads of those whose version is known.
std::string of_libraries(const gpu::Facts& facts) {
    constexpr std::array<std::array<std::string_view, 2>, 3> told{
        {{"cuBLAS", "libcublas.so."}, {"cuDNN", "libcudnn.so."}, {"NCCL", "libnccl.so."}}};
    const gpu::NotebookPython* const notebook = first_notebook(facts);
    std::vector<std::string> all;
    if (notebook != nullptr && !notebook->libraries.frameworks.empty()) {
        for (const auto& [name, beginning] : told) {
            for (const gpu::LoadedLibrary& one : notebook->libraries.frameworks.front().loaded) {
                if (one.soname.starts_with(beginning) && !one.version.empty()) {
                    all.push_back(fmt::format("{} {}", name, one.version));
                    break;
                }
            }
        }
    }
    return fmt::format("{}", fmt::join(all, ", "));
}

std::string of_companions(const gpu::Facts& facts) {
    const gpu::NotebookPython* const notebook = first_notebook(facts);
    return notebook == nullptr
               ? std::string()
               : versions_of(*notebook, {"torchvision", "torchaudio", "triton", "numpy"});
}

std::string of_resources(const gpu::Resources& resources) {
    std::string out;
    if (resources.memory_limit) {
        out = human_size(*resources.memory_limit) + " of memory, ";
    }
    if (resources.shared_memory) {
        out += "/dev/shm " + human_size(resources.shared_memory->total);
    }
    return out.ends_with(", ") ? out.substr(0, out.size() - 2) : out;
}

std::string found_at(Stage stage, const engine::DoctorReport& report) {
    const gpu::Facts& facts = report.facts;
    switch (stage) {
        case Stage::card:
            return facts.nodes.has_dxg && report.cards.empty()
                       ? std::string("a card of Windows, under WSL")
                       : fmt::format("{}", fmt::join(report.cards, ", "));
        case Stage::module:
            return of_driver(report);
        case Stage::nodes:
            return of_nodes(facts.nodes);
        case Stage::container:
            return facts.container.visible_devices
                       ? "NVIDIA_VISIBLE_DEVICES=" + *facts.container.visible_devices
                       : std::string();
        case Stage::libcuda:
            return facts.libcuda.found ? facts.libcuda.found->real : std::string();
        case Stage::variables:
            return of_variables(facts.notebook);
        case Stage::framework:
            return of_frameworks(facts);
        case Stage::wheel:
            return of_build(facts);
        case Stage::libraries:
            return of_libraries(facts);
        case Stage::companions:
            return of_companions(facts);
        case Stage::resources:
            return of_resources(facts.resources);
        case Stage::probe:
            return facts.probe ? probe_text(*facts.probe) : report.not_probed;
    }
    return {};
}

// The gravest that was found at a stage; none: all is well.
std::optional<Severity> gravest(Stage stage, const std::vector<Finding>& findings) {
    std::optional<Severity> gravest;
    for (const Finding& finding : findings) {
        const gpu::Fault* const fault = gpu::find_fault(finding.id);
        if (fault != nullptr && fault->stage == stage &&
            finding.severity > gravest.value_or(Severity::info)) {
            gravest = finding.severity;
        }
    }
    return gravest;
}

std::string state_word(std::optional<Severity> gravest, const View& view) {
    constexpr std::size_t width = 6;
    if (!gravest) {
        return view.painted(Tone::good, filled("well", width));
    }
    return *gravest == Severity::error ? view.painted(Tone::error, filled("broken", width))
                                       : view.painted(Tone::warning, filled("look", width));
}

// Where a row of the table goes on: below its last column, if there is room.
std::size_t broken_at(const View& view) {
    return view.width < 70 ? 4 : 34;
}

// What the loader says of each is among the facts.
bool lacks_all_libraries(const gpu::ProbeFacts& probe) {
    const auto is_missing = [](const std::optional<gpu::ProbePass>& pass) {
        return !pass || !pass->missing.empty();
    };
    return is_missing(probe.nvml) && is_missing(probe.libcuda);
}

// Where the driver was asked, or should have been.
std::string probe_row(const engine::DoctorReport& report, const View& view) {
    const std::optional<gpu::ProbeFacts>& probe = report.facts.probe;
    if (!probe && report.not_probed.empty()) {
        return {};
    }
    const bool has_nothing_to_ask =
        !probe || (!is_well(*probe) && has_finding(report, "pci-no-gpu"));
    const std::string state =
        has_nothing_to_ask
            ? filled("-", 6)
            : state_word(is_well(*probe) ? gravest(Stage::probe, report.diagnosis.findings)
                                         : Severity::error,
                         view);
    const std::string found = probe && has_nothing_to_ask && lacks_all_libraries(*probe)
                                  ? "neither a card nor its driver's libraries are here"
                                  : found_at(Stage::probe, report);
    return view.line(fmt::format("  {}  {}  {}",
                                 filled(gpu::word_of(Stage::probe), 22),
                                 state,
                                 printable(pasteable(found, report.home))),
                     broken_at(view));
}

std::string table_of(const engine::DoctorReport& report, const View& view) {
    std::string out = "looked at:\n";
    const bool has_no_card = has_finding(report, "pci-no-gpu");
    for (int i = 0; i <= static_cast<int>(Stage::resources); ++i) {
        const auto stage = static_cast<Stage>(i);
        if (has_no_card && stage < Stage::variables) {
            continue;
        }
        std::string row = fmt::format("  {}  {}  {}",
                                      filled(gpu::word_of(stage), 22),
                                      state_word(gravest(stage, report.diagnosis.findings), view),
                                      printable(pasteable(found_at(stage, report), report.home)));
        row.erase(row.find_last_not_of(' ') + 1);
        out += view.line(row, broken_at(view));
    }
    return out + probe_row(report, view);
}

std::string hosts_rows(const engine::DoctorReport& report, const View& view) {
    std::string out;
    if (report.hosts.empty() && report.wants_repositories) {
        out += view.line("  git hosts  not asked: 'envkeep doctor --deep' does, with network", 13);
    }
    for (const git::CopyReport& host : report.hosts) {
        const std::string said = host.answer.empty() && !host.findings.empty()
                                     ? host.findings.front().title
                                     : host.answer;
        out += view.line(fmt::format("  {}  {}  {}",
                                     filled(printable(pasteable(host.subject, report.home)), 22),
                                     state_word(host.answer.empty() ? std::optional(Severity::error)
                                                                    : std::nullopt,
                                                view),
                                     printable(pasteable(said, report.home))),
                         broken_at(view));
    }
    return out;
}

// Where there may be environments of Python that nothing here looked at.
std::string not_searched_text(const gpu::PythonFacts& facts,
                              const std::string& home,
                              const View& view) {
    std::string out = "not searched for Python environments: ";
    out += facts.searched_all ? "what lies more than five folders down in your home and the store"
                              : "the rest of your home and the store (--deep does)";
    for (const std::string& folder : facts.environments.not_searched) {
        out += fmt::format(", {} (too many there)", printable(pasteable(folder, home)));
    }
    return view.line(out, 4);
}

}  // namespace

std::string doctor_text(const engine::DoctorReport& report, const View& view) {
    std::string out = view.line(verdict_line(report, view) + hosts_verdict(report, view), 4);
    const std::vector<Finding>& findings = report.diagnosis.findings;
    const auto besides = std::ranges::find(findings, false, &Finding::is_cause);
    out += findings_text({findings.begin(), besides}, view);
    const std::string seen_besides = findings_text({besides, findings.end()}, view);
    if (besides != findings.begin() && !seen_besides.empty()) {
        out += "seen besides:\n";
    }
    out += seen_besides;
    if (!view.quiet) {
        out += offered_cures_text(engine::cures_of(findings), view);
        out += table_of(report, view) + hosts_rows(report, view) +
               not_searched_text(report.facts.python, report.home, view);
    }
    return out;
}

bool any_host_failed(const engine::DoctorReport& report) {
    return std::ranges::any_of(report.hosts,
                               [](const git::CopyReport& host) { return host.answer.empty(); });
}

Json hosts_json(const std::vector<git::CopyReport>& hosts) {
    Json json = Json::array();
    for (const git::CopyReport& host : hosts) {
        json.add(Json()
                     .set("subject", json_bytes(host.subject))
                     .set("well", !host.answer.empty())
                     .set("answer", host.answer));
    }
    return json;
}

}  // namespace envkeep::cli
