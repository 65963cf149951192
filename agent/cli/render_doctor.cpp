// SPDX-License-Identifier: MIT
#include "cli/render_doctor.hpp"

#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace envkeep::cli {
namespace {

using gpu::Stage;

// What this version looks at, from the card up.
constexpr std::array looked_at{Stage::card,
                               Stage::module,
                               Stage::nodes,
                               Stage::container,
                               Stage::libcuda,
                               Stage::variables,
                               Stage::resources};

std::string machine_line(const engine::DoctorReport& report) {
    if (report.cards.empty()) {
        return report.facts.nodes.has_dxg ? "a card of Windows, under WSL" : "no NVIDIA card";
    }
    std::string line = fmt::format("{}", fmt::join(report.cards, ", "));
    if (const auto driver = report.facts.driver.version()) {
        line += ", driver " + driver->text();
        line += report.highest_cuda.empty()
                    ? ", newer than this program's data"
                    : fmt::format(", which gives CUDA {} at most", report.highest_cuda);
    }
    return line;
}

std::string verdict_line(const engine::DoctorReport& report, const View& view) {
    const std::vector<model::Finding>& findings = report.diagnosis.findings;
    if (report.ending == engine::Ending::gpu) {
        return view.painted(Tone::error, "the GPU does not work") + ": " +
               printable(findings.front().title);
    }
    if (std::ranges::find(findings, "pci-no-gpu", &model::Finding::id) != findings.end()) {
        return "this machine has no GPU";
    }
    if (report.ending == engine::Ending::findings) {
        return view.painted(Tone::warning, "nothing of the GPU is broken") +
               ", but something wants a look";
    }
    return view.painted(Tone::good, "nothing is broken") + " between the card and the notebook";
}

std::string looked_at_text(const engine::DoctorReport& report, const View& view) {
    std::string out = "looked at:\n";
    std::size_t width = 0;
    for (const Stage stage : looked_at) {
        width = std::max(width, gpu::word_of(stage).size());
    }
    for (const Stage stage : looked_at) {
        const bool is_broken =
            std::ranges::find(report.diagnosis.broken, stage) != report.diagnosis.broken.end();
        out += fmt::format(
            "  {}  {}\n",
            filled(gpu::word_of(stage), width),
            is_broken ? view.painted(Tone::error, "broken") : view.painted(Tone::good, "well"));
    }
    return out;
}

std::string whose_environment(const gpu::NotebookProcess& notebook) {
    return notebook.pid == 0
               ? std::string("the environment is that of this shell: no notebook runs")
               : fmt::format("the environment is that of the notebook's {} (process {})",
                             notebook.what,
                             notebook.pid);
}

Json json_of(const std::optional<gpu::Version>& version) {
    return version ? Json(version->text()) : Json();
}

Json json_of(const std::optional<std::string>& text) {
    return text ? Json(json_bytes(*text)) : Json();
}

Json json_of(const std::optional<std::uint64_t>& number) {
    return number ? Json(*number) : Json();
}

Json texts_json(const std::vector<std::string>& texts) {
    Json json = Json::array();
    for (const std::string& text : texts) {
        json.add(json_bytes(text));
    }
    return json;
}

Json pci_json(const gpu::PciFacts& pci) {
    Json cards = Json::array();
    for (const gpu::PciCard& card : pci.cards) {
        cards.add(Json()
                      .set("address", json_bytes(card.address))
                      .set("device", fmt::format("{:04x}", card.device))
                      .set("driver", json_bytes(card.driver))
                      .set("off_bus", card.is_off_bus));
    }
    return Json()
        .set("readable", pci.is_readable)
        .set("cards", std::move(cards))
        .set("switches", texts_json(pci.switches))
        .set("lost", texts_json(pci.lost));
}

Json driver_json(const gpu::KernelDriver& driver) {
    Json majors = Json::object();
    for (const auto& [name, major] : driver.majors) {
        if (name.starts_with("nvidia")) {
            majors.set(name, static_cast<std::int64_t>(major));
        }
    }
    Json cards = Json::array();
    for (const gpu::CardInformation& card : driver.cards) {
        cards.add(Json()
                      .set("address", json_bytes(card.address))
                      .set("model", json_bytes(card.model))
                      .set("uuid", json_bytes(card.uuid)));
    }
    return Json()
        .set("loaded", json_of(driver.loaded))
        .set("told", json_of(driver.told))
        .set("open_modules", driver.is_open)
        .set("told_is_a_copy", driver.is_proc_a_copy)
        .set("uvm_loaded", driver.is_uvm_loaded)
        .set("majors", std::move(majors))
        .set("cards", std::move(cards));
}

Json node_json(const gpu::DeviceNode& node) {
    return Json()
        .set("path", node.path)
        .set("major", static_cast<std::int64_t>(node.major))
        .set("minor", static_cast<std::int64_t>(node.minor))
        .set("mode", octal(node.mode))
        .set("access_error", node.access_error);
}

Json nodes_json(const gpu::NodeFacts& nodes) {
    Json all = Json::array();
    for (const std::optional<gpu::DeviceNode>& node : {nodes.control, nodes.uvm}) {
        if (node) {
            all.add(node_json(*node));
        }
    }
    for (const gpu::DeviceNode& node : nodes.cards) {
        all.add(node_json(node));
    }
    return all;
}

Json container_json(const gpu::ContainerFacts& container) {
    return Json()
        .set("wishes_known", container.knows_wishes)
        .set("visible_devices", json_of(container.visible_devices))
        .set("driver_capabilities", json_of(container.driver_capabilities))
        .set("requirements", texts_json(container.requirements))
        .set("mounted", texts_json(container.mounted))
        .set("preloaded", texts_json(container.preloaded))
        .set("gvisor", container.is_gvisor)
        .set("wsl", container.is_wsl);
}

Json library_json(const gpu::DriverLibrary& library) {
    Json json;
    json.set("soname", library.soname)
        .set("path", library.found ? Json(json_bytes(library.found->real)) : Json())
        .set("found_by", library.found ? Json(gpu::word_of(library.found->how)) : Json())
        .set("version", json_of(library.version))
        .set("mounted", library.is_mounted)
        .set("stub", library.is_stub)
        .set("compat", library.is_compat)
        .set("owner", json_bytes(library.owner));
    return json;
}

Json notebook_json(const gpu::NotebookProcess& notebook) {
    Json variables = Json::object();
    for (const auto& [name, value] : notebook.variables) {
        variables.set(name, json_bytes(value));
    }
    return Json()
        .set("pid", static_cast<std::int64_t>(notebook.pid))
        .set("what", notebook.what)
        .set("variables", std::move(variables));
}

Json disk_json(const gpu::Disk& disk) {
    return Json()
        .set("path", json_bytes(disk.path))
        .set("total_bytes", disk.total)
        .set("free_bytes", disk.free);
}

Json resources_json(const gpu::Resources& resources) {
    Json disks = Json::array();
    for (const gpu::Disk& disk : resources.disks) {
        disks.add(disk_json(disk));
    }
    Json holders = Json::array();
    for (const gpu::Holder& holder : resources.holders) {
        holders.add(Json()
                        .set("pid", static_cast<std::int64_t>(holder.pid))
                        .set("name", json_bytes(holder.name))
                        .set("state", std::string(1, holder.state))
                        .set("kernel", holder.is_kernel));
    }
    return Json()
        .set("address_space_bytes", json_of(resources.address_space))
        .set("locked_memory_bytes", json_of(resources.locked_memory))
        .set("memory_limit_bytes", json_of(resources.memory_limit))
        .set("memory_used_bytes", json_of(resources.memory_used))
        .set("killed_for_memory", resources.killed_for_memory)
        .set("shared_memory",
             resources.shared_memory ? disk_json(*resources.shared_memory) : Json())
        .set("disks", std::move(disks))
        .set("holders", std::move(holders));
}

// A value on one line; members of objects on lines of their own.
void add_lines(const Json& json, std::string_view name, std::size_t depth, std::string& out) {
    const std::string indent(depth * 2, ' ');
    if (const Json::Object* const members = json.as_object(); members && !members->empty()) {
        out += fmt::format("{}{}:\n", indent, name);
        for (const auto& [key, value] : *members) {
            add_lines(value, key, depth + 1, out);
        }
        return;
    }
    const std::string* const text = json.as_string();
    out += fmt::format("{}{}: {}\n", indent, name, text ? printable(*text) : json.compact());
}

}  // namespace

std::string doctor_text(const engine::DoctorReport& report, const View& view) {
    std::string out = view.line(machine_line(report), 4);
    out += view.line(verdict_line(report, view), 4);
    const std::vector<model::Finding>& findings = report.diagnosis.findings;
    const auto besides = std::ranges::find(findings, false, &model::Finding::is_cause);
    out += findings_text({findings.begin(), besides}, view);
    if (besides != findings.begin() && besides != findings.end()) {
        out += "seen besides:\n";
    }
    out += findings_text({besides, findings.end()}, view);
    if (!view.quiet) {
        out += looked_at_text(report, view);
        out += view.line(whose_environment(report.facts.notebook), 4);
    }
    return out;
}

std::string facts_text(const gpu::Facts& facts, const View& /*view*/) {
    std::string out;
    const Json json = json_of(facts);
    for (const auto& [name, value] : *json.as_object()) {
        add_lines(value, name, 0, out);
    }
    return out;
}

Json json_of(const gpu::Facts& facts) {
    return Json()
        .set("pci", pci_json(facts.pci))
        .set("driver", driver_json(facts.driver))
        .set("nodes", nodes_json(facts.nodes))
        .set("container", container_json(facts.container))
        .set("notebook", notebook_json(facts.notebook))
        .set("library_folders", texts_json(facts.variable_folders))
        .set("libcuda", library_json(facts.libcuda))
        .set("libnvidia_ml", library_json(facts.libnvidia_ml))
        .set("ptx_compiler", library_json(facts.ptx_compiler))
        .set("resources", resources_json(facts.resources));
}

Json stages_json(const std::vector<gpu::Stage>& stages) {
    Json json = Json::array();
    for (const gpu::Stage stage : stages) {
        json.add(gpu::word_of(stage));
    }
    return json;
}

}  // namespace envkeep::cli
