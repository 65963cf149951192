// SPDX-License-Identifier: MIT
#include "cli/render_doctor.hpp"
#include "cli/render_json.hpp"
#include "cli/render_probe.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

namespace envkeep::cli {
namespace {

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

Json framework_json(const gpu::Framework& framework) {
    Json other = Json::array();
    for (const gpu::Framework& copy : framework.other) {
        other.add(json_bytes(copy.module.path));
    }
    return Json()
        .set("name", framework.name)
        .set("version", json_bytes(framework.version))
        .set("path", json_bytes(framework.module.path))
        .set("found_in", python::word_of(framework.entry.kind))
        .set("cuda", framework.has_cuda ? Json(json_bytes(framework.cuda)) : Json())
        .set("hidden", std::move(other));
}

Json environment_json(const python::Environment& environment) {
    Json faults = Json::array();
    for (const python::Fault fault : environment.faults) {
        faults.add(python::word_of(fault));
    }
    return Json()
        .set("program", json_bytes(environment.program))
        .set("version", json_bytes(environment.version))
        .set("prefix", json_bytes(environment.prefix))
        .set("build", python::word_of(environment.build))
        .set("virtual", environment.is_virtual())
        .set("faults", std::move(faults));
}

Json notebook_python_json(const gpu::NotebookPython& notebook) {
    Json path = Json::array();
    for (const python::PathEntry& entry : notebook.path.entries) {
        path.add(json_bytes(entry.folder));
    }
    Json frameworks = Json::array();
    for (const gpu::Framework& framework : notebook.frameworks) {
        frameworks.add(framework_json(framework));
    }
    return Json()
        .set("kernels", texts_json(notebook.kernels))
        .set("pid", static_cast<std::int64_t>(notebook.pid))
        .set("environment", environment_json(notebook.environment))
        .set("sys_path", std::move(path))
        .set("packages", static_cast<std::int64_t>(notebook.distributions.size()))
        .set("frameworks", std::move(frameworks));
}

Json python_json(const gpu::PythonFacts& facts) {
    Json notebooks = Json::array();
    for (const gpu::NotebookPython& notebook : facts.notebooks) {
        notebooks.add(notebook_python_json(notebook));
    }
    Json kernels = Json::array();
    for (const python::Kernel& kernel : facts.kernels) {
        kernels.add(Json()
                        .set("name", json_bytes(kernel.name))
                        .set("folder", json_bytes(kernel.folder))
                        .set("program", json_bytes(kernel.program))
                        .set("wins", kernel.wins));
    }
    Json environments = Json::array();
    for (const python::FoundEnvironment& found : facts.environments.environments) {
        environments.add(
            environment_json(found.environment).set("because", json_bytes(found.because)));
    }
    Json left = texts_json(facts.environments.not_searched);
    for (const std::string& one : facts.not_looked_into) {
        left.add(json_bytes(one));
    }
    return Json()
        .set("server", facts.server ? Json(json_bytes(facts.server->because)) : Json())
        .set("notebooks", std::move(notebooks))
        .set("kernels", std::move(kernels))
        .set("environments", std::move(environments))
        .set("not_searched", std::move(left));
}

}  // namespace

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
        .set("python", python_json(facts.python))
        .set("resources", resources_json(facts.resources))
        .set("probe", facts.probe ? json_of(*facts.probe) : Json());
}

Json stages_json(const std::vector<gpu::Stage>& stages) {
    Json json = Json::array();
    for (const gpu::Stage stage : stages) {
        json.add(gpu::word_of(stage));
    }
    return json;
}

}  // namespace envkeep::cli
